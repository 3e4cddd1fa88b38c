/** Keys pressed one after the other, without a terminal. */
import type { BoardView, DeskView } from '../session/desk-types.js';
import { NOW } from './desk.test.helper.js';
import { type Command, initialUi, type UiContext, type UiState } from './ui-state.js';
import { update } from './update.js';

export function contextOf(
  boards: readonly BoardView[],
  more: Partial<UiContext> & { ports?: DeskView['ports'] } = {},
): UiContext {
  const { ports = [], ...rest } = more;
  return { view: { boards, ports, listed: true }, now: NOW, columns: 80, rows: 24, soak: undefined, ...rest };
}

const NAMED: Readonly<Record<string, string>> = { space: ' ' };

/** Keys by name, one after the other: state after them, and the commands of all. */
export function press(context: UiContext, keys: readonly string[], from: UiState = initialUi) {
  let state = from;
  const commands: Command[] = [];
  for (const name of keys) {
    const text = NAMED[name] ?? (name.length === 1 ? name : '');
    const next = update(state, { type: 'key', key: { name, text } }, context);
    state = next.state;
    commands.push(...next.commands);
  }
  return { state, commands };
}
