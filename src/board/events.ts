/** The vocabulary of the product: every fact about a board is one of these events. */

/**
 * Why a board reset, in words of our own. ROM `rst cause` and SDK `rst_info.reason` are different
 * numberings; both map here and the raw number is kept beside (ESP8266.md 1.3, 1.4).
 */
export type ResetCause =
  | 'power-on'
  | 'external'
  | 'software'
  | 'hardware-watchdog'
  | 'software-watchdog'
  | 'exception'
  | 'deep-sleep-wake'
  | 'unknown';

/** What the ROM does by the strapping pins GPIO15, GPIO0, GPIO2: the x of `boot mode:(x,y)` (ESP8266.md 1.5). */
export type BootMode = 'flash' | 'uart-download' | 'ram' | 'sdio' | 'wait' | 'unknown';

/** How a crash ended the program (ESP8266.md 8.2). */
export type CrashKind =
  | 'exception'
  | 'software-watchdog'
  /** Printed by an HWDT debug build after the reset, below the banner of the next boot. */
  | 'hardware-watchdog'
  | 'abort'
  | 'panic'
  | 'assert'
  | 'cpp-exception'
  | 'out-of-memory'
  | 'stack-smashing'
  | 'stack-overflow'
  | 'rom-exception'
  | 'sdk-exception'
  | 'generic';

export interface Registers {
  readonly epc1: number;
  readonly epc2: number;
  readonly epc3: number;
  readonly excvaddr: number;
  readonly depc: number;
}

export interface StackDump {
  readonly context: 'cont' | 'sys' | 'bearssl' | null;
  readonly sp: number | null;
  readonly end: number | null;
  readonly offset: number | null;
  /** 32-bit words as printed, at most 4096; the core leaves out rows of stack guard, so addresses may jump. */
  readonly words: readonly number[];
}

export interface CrashReport {
  readonly kind: CrashKind;
  /** EXCCAUSE and its name, where one was printed. */
  readonly exception: { readonly number: number; readonly name: string } | null;
  readonly registers: Registers | null;
  /** The report's own words: panic place, assertion, C++ what(). */
  readonly detail: string | null;
  /** The first stack printed: where it crashed. */
  readonly stack: StackDump | null;
  /** The stacks printed below it: the caller's under a BearSSL thunk, `cont` under `sys` after a hardware watchdog. */
  readonly otherStacks: readonly StackDump[];
  /** `last failed alloc call: ADDRESS(BYTES)`. */
  readonly failedAlloc: { readonly caller: number; readonly bytes: number } | null;
  /** False when the report broke off (next boot began, or too much foreign text). */
  readonly complete: boolean;
}

export interface Telemetry {
  readonly [name: string]: number;
}

/** What identifies one board among many; null = not known. */
export interface BoardIdentity {
  /** Lower case with colons. */
  readonly mac: string | null;
  readonly chipId: number | null;
}

export type ProbeOutcome =
  | 'answered'
  | 'no-answer'
  | 'refused'
  | 'unreachable'
  | 'not-this-device'
  | 'not-configured'
  | 'error';

export interface ProbeResult {
  readonly via: 'http' | 'mqtt';
  /** URL asked, without credentials; null when there was nothing to ask. */
  readonly target: string | null;
  readonly outcome: ProbeOutcome;
  readonly rttMs: number | null;
  /** The answer, or why there was none: printable, capped, without secrets. */
  readonly evidence: string;
  readonly identity: BoardIdentity;
}

/** A fact, without its place in the stream. */
export type BoardFact =
  | {
      readonly type: 'rom-banner';
      readonly cause: ResetCause;
      readonly bootMode: BootMode;
      /** ROM numbers as printed: `rst cause`, and the pair of `boot mode`. */
      readonly raw: { readonly cause: number; readonly mode: number; readonly sdio: number };
      /** 1 = read as text; less = recognised in bytes received at another baud, never certain. */
      readonly confidence: number;
    }
  | { readonly type: 'boot-load'; readonly address: number; readonly length: number; readonly room: number }
  | { readonly type: 'boot-checksum'; readonly value: number }
  | {
      readonly type: 'boot-error';
      readonly kind: 'no-image' | 'checksum' | 'bad-segment' | 'flash-read' | 'unknown-reset' | 'flash-size';
      readonly text: string;
    }
  | {
      readonly type: 'rom-message';
      /** `load-detail`: the tail, ho and chksum lines between the segments. */
      readonly kind: 'watchdog-reset' | 'waiting-for-host' | 'user-code-done' | 'load-detail';
      readonly text: string;
    }
  | {
      readonly type: 'eboot';
      readonly step: 'version' | 'load' | 'copy' | 'same' | 'error';
      readonly value: number | null;
    }
  | { readonly type: 'crash'; readonly report: CrashReport }
  /** The sketch's or the SDK's own word on why it started; raw is the SDK number where one was printed. */
  | {
      readonly type: 'reset-reason';
      readonly cause: ResetCause;
      readonly raw: number | null;
      /** True for the line that our sketch prints once, as it starts: it proves a boot. Others may repeat at any time. */
      readonly atBoot: boolean;
      readonly text: string;
    }
  | { readonly type: 'ip'; readonly ip: string; readonly accessPoint: boolean }
  | { readonly type: 'http-port'; readonly port: number }
  | {
      readonly type: 'mode';
      readonly mode: 'web-server' | 'mqtt-client' | 'access-point';
      readonly serverType: string | null;
    }
  | { readonly type: 'topic'; readonly direction: 'rx' | 'tx'; readonly topic: string }
  | { readonly type: 'mac'; readonly mac: string }
  | { readonly type: 'telemetry'; readonly values: Telemetry }
  /** Text that means nothing to us: kept whole. */
  | { readonly type: 'text'; readonly text: string; readonly ended: boolean }
  /** Bytes that are no text, or that came at a speed that cannot be right: kept whole. */
  | { readonly type: 'unparsed'; readonly bytes: Uint8Array }
  | { readonly type: 'link'; readonly state: 'open' | 'lost' | 'back' | 'closed'; readonly detail: string | null }
  /** The tool drove EN: the next reset is commanded, not the board's own doing. */
  | { readonly type: 'reset-commanded'; readonly into: 'flash' | 'uart-download' }
  /** A request of ours that makes the board restart by itself (`MqttSslOn`, `HttpOn`). */
  | { readonly type: 'switch-commanded'; readonly to: 'web-server' | 'mqtt-client' }
  | { readonly type: 'bootloader'; readonly answered: boolean }
  | { readonly type: 'probe'; readonly result: ProbeResult }
  | { readonly type: 'flash'; readonly phase: string; readonly done: number; readonly total: number }
  | { readonly type: 'silence'; readonly ms: number };

export type EventSource = 'serial' | 'tool' | 'http' | 'mqtt' | 'link';

/** A fact in its place: `seq` counts from 1 without gaps, `t` is host time in ms since 1970. */
export type BoardEvent = BoardFact & { readonly seq: number; readonly t: number; readonly source: EventSource };

/** DESIGN.md `detect --json`, field `mode`. */
export type Mode =
  | 'web-server'
  | 'mqtt-client'
  | 'web-server+mqtt-client'
  | 'access-point'
  | 'no-firmware'
  | 'bootloader'
  | 'boot-loop'
  | 'silent'
  | 'unknown';

export type Verdict = 'confirmed' | 'contradicted' | 'unconfirmed' | 'unknown';
