/** What the terminal UI and the soak see of several live boards: immutable snapshots, and the actions they may ask for. */
import type { ProbeResult, Verdict } from '../board/events.js';
import type { BoardState } from '../board/state.js';
import type { FlashProgress } from '../flash/flash.js';
import type { NetworkAccess } from './detect.js';
import type { LogStore } from './log-store.js';
import type { BoardSession } from './session.js';

/** A port of this machine, open or not. */
export interface DeskPort {
  /** What `--port` takes. */
  readonly name: string;
  readonly adapter: string | null;
  readonly serialNumber: string | null;
  /** The other program that has it open, for people. */
  readonly holder: string | null;
  readonly kind: 'usb' | 'other' | 'remote' | 'virtual';
}

/** A failure as it is shown: what happened, then what to do. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly t: number;
}

/** Long work on one board; one at a time. `since` in ms since 1970. */
export type Activity =
  | {
      readonly kind: 'flash';
      readonly since: number;
      /** File or image names. */
      readonly what: string;
      readonly progress: FlashProgress | null;
      /** Ms to go at the present rate; null while that is not known. */
      readonly leftMs: number | null;
    }
  | {
      readonly kind: 'detect' | 'reset' | 'bootloader' | 'switch' | 'request' | 'soak';
      readonly since: number;
      readonly what: string;
    };

/** How the last long work ended. */
export interface Outcome {
  readonly kind: Activity['kind'];
  readonly t: number;
  readonly ok: boolean;
  /** One sentence; after a cancelled flash it says what state the flash is in. */
  readonly text: string;
  /** What to do, when it failed. */
  readonly hint: string | null;
}

/** A value over time, newest last; thinned so that it never grows beyond some hundred points. */
export interface Trend {
  readonly name: 'heap' | 'block' | 'rssi' | 'rtt';
  readonly points: readonly { readonly t: number; readonly v: number }[];
  /** Over the whole life, not only the points kept. */
  readonly min: number;
  readonly max: number;
  readonly now: number;
}

/** Something that should catch the eye: a reset or crash of the board's own, a contradiction, the port lost. */
export interface Alert {
  readonly t: number;
  readonly kind: 'reset' | 'crash' | 'contradiction' | 'port-lost' | 'boot-loop';
  readonly text: string;
}

export interface CrossCheck {
  readonly t: number;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly checks: readonly ProbeResult[];
}

/** One board as it is now. */
export interface BoardView {
  /** The port's name; the key of this board. */
  readonly name: string;
  readonly port: DeskPort;
  readonly connection: 'opening' | 'open' | 'lost' | 'failed';
  readonly problem: Problem | null;
  readonly state: BoardState;
  /** Bytes received since it was added. */
  readonly bytes: number;
  /** Since when the board runs: its last reset, ms since 1970; null when none was seen. `watchedSince`: when it was opened. */
  readonly runningSince: number | null;
  readonly watchedSince: number;
  readonly activity: Activity | null;
  readonly outcome: Outcome | null;
  readonly crossCheck: CrossCheck | null;
  readonly trends: readonly Trend[];
  /** Newest last, at most some dozen. */
  readonly alerts: readonly Alert[];
  readonly log: LogStore;
}

export interface DeskView {
  /** Ports without a board opened on them by us. */
  readonly ports: readonly DeskPort[];
  /** False while the ports of this machine are looked at for the first time. */
  readonly listed: boolean;
  readonly boards: readonly BoardView[];
}

/** A board that long work has to itself. */
export interface LentBoard {
  readonly name: string;
  readonly session: BoardSession;
  /** The device file that it has now; null where there is none. */
  device(): string | null;
  network(): Promise<NetworkAccess>;
  /** What the work found over the network, for the view. */
  checked(check: CrossCheck): void;
}

/** An image that can be flashed. */
export interface ImageChoice {
  /** Path, or a name such as `prebuilt`. */
  readonly id: string;
  readonly label: string;
  readonly group: 'prebuilt' | 'recent' | 'file';
}

/** What is in an image, for the person who is about to write it; `problem` when it can't be used. */
export interface ImageFacts {
  readonly lines: readonly string[];
  readonly bytes: number;
  readonly problem: Problem | null;
}

export type BoardRequest = 'GetSensors' | 'LedOn' | 'LedOff' | 'BlinkLed&nblink=5';

/**
 * Several boards, live. Views read `view()` and subscribe; actions never reject: what goes wrong shows in the
 * snapshot (`problem`, `outcome`) and in the board's log. An action while another is under way is refused there too.
 */
export interface Desk {
  view(): DeskView;
  /** Called after changes, as often as they come: callers limit their own rate. */
  onChange(listener: () => void): () => void;

  /** Opens a port by name (`/dev/ttyUSB0`, `COM5`, `rfc2217://...`, `sim:`, `sim:NAME`). A second `sim:` becomes another board. */
  add(name: string): Promise<void>;
  /** Closes the port; the board runs on. */
  remove(name: string): Promise<void>;

  reset(name: string): Promise<void>;
  enterBootloader(name: string): Promise<void>;
  /** Identifies the mode without a reset unless `reset`, then cross-checks it over the network. */
  detect(name: string, reset: boolean): Promise<void>;
  switchMode(name: string, to: 'web-server' | 'mqtt-client'): Promise<void>;
  /** Over HTTP or MQTT, whichever the board has; over serial where it has neither. The reply goes to the log. */
  request(name: string, request: BoardRequest): Promise<void>;
  /** A line to the serial port; a newline is added. */
  send(name: string, text: string): Promise<void>;
  flash(name: string, image: string): Promise<void>;
  /** Ends what is under way; safe during a flash. */
  cancel(name: string): void;

  /** What can be flashed on the board `name`; on any, without it. The prebuilt sketch runs on virtual boards only. */
  images(name?: string): Promise<readonly ImageChoice[]>;
  /** Files and folders below `folder`, folders first; for the file chooser. */
  browse(
    folder: string,
  ): Promise<readonly { readonly path: string; readonly name: string; readonly folder: boolean }[]>;
  /** `name`: the board that it is meant for, where that is known. */
  inspect(image: string, name?: string): Promise<ImageFacts>;
  /** Writes the board's log to a new file; the text says where, or why not. */
  saveLog(name: string, file: string): Promise<Pick<Outcome, 'ok' | 'text'>>;

  /** Closes every port within seconds; boards run on. */
  close(): Promise<void>;
}

/** A desk whose boards can be given to work beyond single actions. */
export interface LendingDesk extends Desk {
  /**
   * Lends boards to long work such as a soak: nothing else is done with them until `work` has ended. Cancelling the
   * work on one of them, or closing the desk, aborts `signal`. Rejects as `work` does, and with PORT_CLOSED or
   * PORT_BUSY when a board is not open or has work under way.
   */
  lend(
    names: readonly string[],
    work: (boards: readonly LentBoard[], signal: AbortSignal) => Promise<void>,
  ): Promise<void>;
}
