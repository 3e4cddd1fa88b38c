// The COM-PORT option of RFC 2217, client's side: what we ask, and what a server answers (its codes are ours + 100).

import type { ModemLines } from './link.js';
import { COM_PORT, subnegotiation } from './telnet.js';

const SIGNATURE = 0;
const SET_BAUDRATE = 1;
const SET_DATASIZE = 2;
const SET_PARITY = 3;
const SET_STOPSIZE = 4;
const SET_CONTROL = 5;
const NOTIFY_MODEMSTATE = 7;
const FLOW_SUSPEND = 8;
const FLOW_RESUME = 9;
const PURGE_DATA = 12;
const SERVER = 100;

const NO_PARITY = 1;
const FLOW_NONE = 1;
const PURGE_BOTH = 3;

/** Values of SET-CONTROL, section "SET-CONTROL" of RFC 2217. */
export const CONTROL = { dtrOn: 8, dtrOff: 9, rtsOn: 11, rtsOff: 12 } as const;

export type ComPortReply =
  | { readonly kind: 'signature'; readonly text: string }
  /** The rate in effect, in baud. */
  | { readonly kind: 'baud'; readonly baud: number }
  | { readonly kind: 'control'; readonly value: number }
  | { readonly kind: 'modem-state'; readonly cts: boolean; readonly dsr: boolean; readonly dcd: boolean }
  | { readonly kind: 'purged' }
  /** The server's buffer is full: send no data until `resume`. */
  | { readonly kind: 'suspend' }
  | { readonly kind: 'resume' };

export function askSignature(): Uint8Array {
  return command(SIGNATURE);
}

/** 0 asks for the rate in effect. */
export function setBaudrate(baud: number): Uint8Array {
  const value = new Uint8Array(4);
  new DataView(value.buffer).setUint32(0, baud);
  return command(SET_BAUDRATE, ...value);
}

/** 8 data bits, no parity, 1 stop bit, no flow control. */
export function setFormat(): Uint8Array[] {
  return [command(SET_DATASIZE, 8), command(SET_PARITY, NO_PARITY), command(SET_STOPSIZE, 1), setControl(FLOW_NONE)];
}

export function setControl(value: number): Uint8Array {
  return command(SET_CONTROL, value);
}

/**
 * The values that set both lines, in the order that suits both kinds of server. One that passes them on moves the
 * lines one after the other: asserting DTR first and releasing it last never leaves RTS alone, which would reset
 * the board. esp_rfc2217_server resets the board by itself: into its loader at DTR ON, out of it at RTS OFF unless
 * DTR is on; in this order RTS OFF is not taken for that when the loader is meant.
 */
export function lineControls(lines: ModemLines): number[] {
  const rts = lines.rts ? CONTROL.rtsOn : CONTROL.rtsOff;
  return lines.dtr ? [CONTROL.dtrOn, rts] : [rts, CONTROL.dtrOff];
}

/** Throws away what the server holds in either direction. */
export function purgeBoth(): Uint8Array {
  return command(PURGE_DATA, PURGE_BOTH);
}

/** Null for what needs no attention, or is too short to be what it says. */
export function decodeReply(payload: Uint8Array): ComPortReply | null {
  const [code, value] = payload;
  if (code === undefined) return null;
  switch (code - SERVER) {
    case SIGNATURE:
      return { kind: 'signature', text: Buffer.from(payload.subarray(1)).toString('utf8') };
    case SET_BAUDRATE:
      if (payload.length !== 5) return null;
      return { kind: 'baud', baud: new DataView(payload.buffer, payload.byteOffset + 1, 4).getUint32(0) };
    case SET_CONTROL:
      return value === undefined ? null : { kind: 'control', value };
    case NOTIFY_MODEMSTATE:
      if (value === undefined) return null;
      return { kind: 'modem-state', cts: (value & 0x10) !== 0, dsr: (value & 0x20) !== 0, dcd: (value & 0x80) !== 0 };
    case FLOW_SUSPEND:
      return { kind: 'suspend' };
    case FLOW_RESUME:
      return { kind: 'resume' };
    case PURGE_DATA:
      return { kind: 'purged' };
    default:
      return null;
  }
}

function command(code: number, ...value: number[]): Uint8Array {
  return subnegotiation(COM_PORT, Uint8Array.of(code, ...value));
}
