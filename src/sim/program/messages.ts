import type { SdkResetReason } from '../reset.js';
import type { WasmModule } from './web-assembly.js';

/** What the worker is started with. */
export interface WorkerInput {
  readonly module: WasmModule;
  readonly shared: SharedArrayBuffer;
  readonly flash: SharedArrayBuffer;
  readonly rtc: SharedArrayBuffer;
  readonly mac: Uint8Array;
  readonly flashSize: number;
  readonly resetReason: SdkResetReason;
  readonly lastCrash: { readonly cause: number; readonly epc1: number; readonly excvaddr: number };
}

/** How a program ended, as the worker sees it. */
export interface Ending {
  readonly cause: number;
  readonly epc1: number;
  readonly excvaddr: number;
  readonly message: string | null;
  readonly frames: readonly number[];
  /** The engine said "out of bounds" and not whether it was a load or a store. */
  readonly outOfBounds: boolean;
}

/** What `net_open` answers, negated, when there is no connection. */
export const DIAL_FAILURE = { refused: 1, timeout: 2, notAllowed: 3, noNetwork: 4, noSocket: 5 } as const;

export interface OpenRequest {
  readonly op: 'open';
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

export type WifiAction = 'station' | 'access-point' | 'access-point-off' | 'off';

export const FLASH_GOES_ON = -1;

/** What the board asks the host to do; it waits for the answer, so a program cannot flood the host with requests. */
export type BoardCall =
  | { readonly op: 'baud'; readonly baud: number }
  | OpenRequest
  | { readonly op: 'listen'; readonly port: number }
  | { readonly op: 'unlisten'; readonly listener: number }
  | { readonly op: 'wifi'; readonly action: WifiAction; readonly ssid: string | null }
  | { readonly op: 'sntp'; readonly on: boolean }
  /** Answer: `FLASH_GOES_ON`, or how many bytes get done before the power goes. */
  | { readonly op: 'flash-start'; readonly length: number }
  /** Done, or cut off by the power after `length` bytes: then the program is over. */
  | { readonly op: 'flash'; readonly address: number; readonly length: number; readonly cut: boolean };

/** How a run ends from inside. */
export type BoardEnd =
  | { readonly op: 'restart'; readonly reason: SdkResetReason }
  | { readonly op: 'crash'; readonly ending: Ending; readonly softWatchdog: boolean }
  | { readonly op: 'unusable'; readonly text: string };

/** Worker to host; 0 is the doorbell: look at the rings and words. */
export type BoardMessage = 0 | BoardCall | BoardEnd;
