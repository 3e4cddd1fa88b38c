import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { stateFolder as defaultFolder } from '../state-folder.js';
import { holdState, macOfName, macWithTail } from './board-state.js';
import { VirtualBoard, type VirtualBoardOptions } from './virtual-board.js';

/** `sim:` is the same board as long as the process lives. */
const processTail = randomBytes(3);

export interface SimBoardOptions extends Omit<VirtualBoardOptions, 'mac' | 'flashFile'> {
  /** Default: random for `sim:`, derived from the name for `sim:NAME`. */
  readonly mac?: Uint8Array;
  /** What is in the flash of `sim:` at 0x0; a named board comes blank and keeps what is written. */
  readonly image?: Uint8Array;
  /** Where `sim:NAME` keeps its flash. */
  readonly stateFolder?: string;
}

export interface SimBoard {
  readonly board: VirtualBoard;
  /** Unplugs the board, saves its flash and lets go of its name. */
  dispose(): Promise<void>;
}

/**
 * The board behind `sim:` (name null) or `sim:NAME`, plugged in and booting.
 * Throws `PORT_BAD_NAME`, `PORT_BUSY` (the name is in use) or `SIM_STATE`.
 */
export function createSimBoard(name: string | null, options: SimBoardOptions): SimBoard {
  const { mac, image, stateFolder, ...rest } = options;
  if (name === null) {
    const board = new VirtualBoard({ ...rest, mac: mac ?? macWithTail(processTail) });
    if (image !== undefined) board.flash.preload(0, image);
    board.plug();
    return { board, dispose: () => board.dispose() };
  }
  const held = holdState(stateFolder ?? join(defaultFolder(), 'sim'), name);
  try {
    const board = new VirtualBoard({ ...rest, mac: mac ?? macOfName(name), flashFile: held.flashFile });
    board.plug();
    return { board, dispose: () => board.dispose().finally(() => held.release()) };
  } catch (error) {
    held.release();
    throw error;
  }
}
