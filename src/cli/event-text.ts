import type { BoardEvent } from '../board/events.js';
import type { BoardState } from '../board/state.js';
import { printable } from './output.js';

export interface EventText {
  readonly text: string;
  readonly style: 'green' | 'yellow' | 'red' | 'cyan' | 'dim';
}
