import type { FlashPart } from '../flash/plan.js';
import type { SerialLink } from '../serial/link.js';
import type { PortInfo } from '../serial/ports.js';
import type { Capture } from './capture.js';
import type { NetworkAccess } from './detect.js';

/** A board whose port can be opened. */
export interface DeskTarget {
  /** Not open yet. */
  readonly link: SerialLink;
  /** The device file of a port of this machine, by which it is found again when it was renumbered; else null. */
  readonly device: string | null;
  readonly kind: 'native' | 'remote' | 'virtual';
  /** The port and, if the board is of this process, the board are gone afterwards. */
  dispose(): Promise<void>;
}

/** What the desk needs from the outside. */
export interface DeskWorld {
  listPorts(): Promise<readonly PortInfo[]>;
  /**
   * The name under which a port is opened, where `name` is what the user gave and `taken` are the boards on the desk:
   * a second `sim:` is another board and gets another name. The name itself where it is free or can be opened once only.
   */
  nameFor(name: string, taken: readonly string[]): string;
  /** Throws PORT_BAD_NAME, PORT_BUSY, SIM_STATE and what else keeps a board from being there. */
  open(name: string): Promise<DeskTarget>;
  /** How the board on this port can be asked. */
  network(name: string): Promise<NetworkAccess>;
  /** Where every byte of the board is kept; null = nowhere. */
  capture(name: string): Promise<Capture | null>;
  /** The parts of `prebuilt`, or of a file (`PATH` or `PATH@OFFSET`). Throws IMAGE_MISSING, USAGE. */
  readImage(image: string): Promise<readonly FlashPart[]>;
  /** The list of images flashed before; null = none is kept. */
  readonly recentImages: string | null;
  /** Called once, when every board is gone. */
  close(): Promise<void>;
}

/** The sketch for the virtual board, as `readImage` and `ImageChoice` name it. */
export const PREBUILT = 'prebuilt';
