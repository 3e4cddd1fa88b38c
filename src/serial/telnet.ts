// Telnet as far as RFC 2217 needs it: RFC 854 commands, RFC 855 subnegotiation. Pure: bytes in, events out.

export const IAC = 0xff;
export const DONT = 0xfe;
export const DO = 0xfd;
export const WONT = 0xfc;
export const WILL = 0xfb;
const SB = 0xfa;
const SE = 0xf0;

export const BINARY = 0;
export const ECHO = 1;
export const SUPPRESS_GO_AHEAD = 3;
export const COM_PORT = 44;

export type Verb = typeof WILL | typeof WONT | typeof DO | typeof DONT;

export type TelnetEvent =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'negotiate'; readonly verb: Verb; readonly option: number }
  | { readonly kind: 'sub'; readonly option: number; readonly bytes: Uint8Array };

/** A subnegotiation longer than this is noise. */
const MAX_SUB = 1024;

type State = 'data' | 'iac' | 'verb' | 'sub' | 'sub-iac';

/** Takes a telnet stream apart, however it is cut into packets. Data without IAC is passed on without copying. */
export class TelnetDecoder {
  #state: State = 'data';
  #verb: Verb = WILL;
  #sub: number[] = [];

  push(bytes: Uint8Array): TelnetEvent[] {
    const events: TelnetEvent[] = [];
    for (let at = 0; at < bytes.length; ) {
      if (this.#state === 'data') {
        const iac = bytes.indexOf(IAC, at);
        const end = iac === -1 ? bytes.length : iac;
        if (end > at) events.push({ kind: 'data', bytes: bytes.subarray(at, end) });
        if (iac !== -1) this.#state = 'iac';
        at = end + 1;
      } else {
        const event = this.#byte(bytes[at] as number);
        if (event !== null) events.push(event);
        at++;
      }
    }
    return events;
  }

  #byte(byte: number): TelnetEvent | null {
    switch (this.#state) {
      case 'iac':
        return this.#command(byte);
      case 'verb':
        this.#state = 'data';
        return { kind: 'negotiate', verb: this.#verb, option: byte };
      case 'sub':
        if (byte === IAC) this.#state = 'sub-iac';
        else this.#collect(byte);
        return null;
      case 'sub-iac':
        return this.#subCommand(byte);
      case 'data':
        return null;
    }
  }

  #command(byte: number): TelnetEvent | null {
    this.#state = 'data';
    if (byte === IAC) return { kind: 'data', bytes: Uint8Array.of(IAC) };
    if (byte === SB) {
      this.#sub = [];
      this.#state = 'sub';
    } else if (isVerb(byte)) {
      this.#verb = byte;
      this.#state = 'verb';
    }
    // NOP, AYT and the like carry nothing for a serial line.
    return null;
  }

  #subCommand(byte: number): TelnetEvent | null {
    if (byte === IAC) {
      this.#collect(IAC);
      this.#state = 'sub';
      return null;
    }
    const [option, ...payload] = this.#sub;
    this.#sub = [];
    // RFC 855 allows nothing but SE here; anything else ends it as well, so that one bad byte does not eat the stream.
    if (byte !== SE) return this.#command(byte);
    this.#state = 'data';
    return option === undefined ? null : { kind: 'sub', option, bytes: Uint8Array.from(payload) };
  }

  #collect(byte: number): void {
    if (this.#sub.length < MAX_SUB) this.#sub.push(byte);
  }
}

/** Doubles every IAC; gives the same array back where there is none. */
export function escapeIac(bytes: Uint8Array): Uint8Array {
  let count = 0;
  for (let at = bytes.indexOf(IAC); at !== -1; at = bytes.indexOf(IAC, at + 1)) count++;
  if (count === 0) return bytes;
  const out = new Uint8Array(bytes.length + count);
  let to = 0;
  let from = 0;
  for (let at = bytes.indexOf(IAC); at !== -1; at = bytes.indexOf(IAC, from)) {
    out.set(bytes.subarray(from, at + 1), to);
    to += at + 1 - from;
    out[to++] = IAC;
    from = at + 1;
  }
  out.set(bytes.subarray(from), to);
  return out;
}

export function negotiation(verb: Verb, option: number): Uint8Array {
  return Uint8Array.of(IAC, verb, option);
}

export function subnegotiation(option: number, payload: Uint8Array): Uint8Array {
  return Uint8Array.of(IAC, SB, option, ...escapeIac(payload), IAC, SE);
}

function isVerb(byte: number): byte is Verb {
  return byte >= WILL && byte <= DONT;
}
