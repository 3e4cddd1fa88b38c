import type { SdkResetReason } from '../reset.js';
import type { WasmModule } from './web-assembly.js';

/** What the worker is started with. */
export interface WorkerInput {
  readonly module: WasmModule;
  readonly shared: SharedArrayBuffer;
  readonly flash: SharedArrayBuffer;
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

export interface OpenRequest {
  readonly op: 'open';
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** `ca` is DER; empty = no trust anchor. Undefined = plain TCP. */
  readonly tls: { readonly insecure: boolean; readonly ca: Uint8Array } | undefined;
}

/** What the board asks the host to do; it waits for the answer, so a program cannot flood the host with requests. */
export type BoardCall =
  | { readonly op: 'baud'; readonly baud: number }
  | OpenRequest
  | { readonly op: 'listen'; readonly port: number }
  | { readonly op: 'unlisten'; readonly listener: number }
  | { readonly op: 'wifi'; readonly action: 'station' | 'access-point' | 'off'; readonly ssid: string | null }
  | { readonly op: 'sntp'; readonly on: boolean }
  | { readonly op: 'flash'; readonly address: number; readonly length: number };

/** How a run ends from inside. */
export type BoardEnd =
  | { readonly op: 'restart'; readonly reason: SdkResetReason }
  | { readonly op: 'crash'; readonly ending: Ending; readonly softWatchdog: boolean }
  | { readonly op: 'unusable'; readonly text: string };

/** Worker to host; 0 is the doorbell: look at the rings and words. */
export type BoardMessage = 0 | BoardCall | BoardEnd;
