/** Telnet bytes and the options that RFC 2217 uses (ESP8266.md 11.1). */
export const IAC = 0xff;
export const SB = 0xfa;
export const SE = 0xf0;
export const WILL = 0xfb;
export const WONT = 0xfc;
export const DO = 0xfd;
export const DONT = 0xfe;
export const OPTION = { binary: 0, echo: 1, suppressGoAhead: 3, comPort: 44 } as const;

/** A subnegotiation longer than this is none of ours. */
const SUBNEGOTIATION_MAX = 1024;

export type TelnetEvent =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'option'; readonly verb: number; readonly option: number }
  | { readonly kind: 'subnegotiation'; readonly option: number; readonly payload: Uint8Array };

type State = 'data' | 'iac' | 'verb' | 'sub' | 'sub-iac';

/** Takes telnet apart, wherever the packets are cut. */
export class TelnetDecoder {
  #state: State = 'data';
  #verb = 0;
  #sub: number[] = [];

  /** Data bytes that follow each other come as one event, up to the end of `bytes`. */
  push(bytes: Uint8Array): TelnetEvent[] {
    const events: TelnetEvent[] = [];
    const data: number[] = [];
    const flush = (): void => {
      if (data.length > 0) events.push({ kind: 'data', bytes: Uint8Array.from(data) });
      data.length = 0;
    };
    for (const byte of bytes) {
      const event = this.#byte(byte, data);
      if (event === null) continue;
      flush();
      events.push(event);
    }
    flush();
    return events;
  }

  #byte(byte: number, data: number[]): TelnetEvent | null {
    switch (this.#state) {
      case 'data':
        if (byte === IAC) this.#state = 'iac';
        else data.push(byte);
        return null;
      case 'iac':
        this.#afterIac(byte, data);
        return null;
      case 'verb':
        this.#state = 'data';
        return { kind: 'option', verb: this.#verb, option: byte };
      case 'sub':
        if (byte === IAC) this.#state = 'sub-iac';
        else this.#subByte(byte);
        return null;
      case 'sub-iac':
        return this.#afterSubIac(byte);
    }
  }

  #afterIac(byte: number, data: number[]): void {
    this.#state = 'data';
    if (byte === IAC) {
      data.push(IAC);
    } else if (byte === SB) {
      this.#state = 'sub';
      this.#sub = [];
    } else if (byte >= WILL && byte <= DONT) {
      this.#state = 'verb';
      this.#verb = byte;
    }
    // Any other byte is a control function (NOP, AYT, ...) that is no data and needs no answer.
  }

  #afterSubIac(byte: number): TelnetEvent | null {
    if (byte === IAC) {
      this.#state = 'sub';
      this.#subByte(IAC);
      return null;
    }
    this.#state = 'data';
    const [option, ...payload] = this.#sub;
    if (byte !== SE || option === undefined) return null;
    return { kind: 'subnegotiation', option, payload: Uint8Array.from(payload) };
  }

  #subByte(byte: number): void {
    if (this.#sub.length < SUBNEGOTIATION_MAX) this.#sub.push(byte);
  }
}

/** Doubles every IAC. */
export function escapeIac(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(IAC)) return bytes;
  const out: number[] = [];
  for (const byte of bytes) {
    out.push(byte);
    if (byte === IAC) out.push(IAC);
  }
  return Uint8Array.from(out);
}

export function optionMessage(verb: number, option: number): Uint8Array {
  return Uint8Array.of(IAC, verb, option);
}

export function subnegotiation(option: number, payload: Uint8Array): Uint8Array {
  return Uint8Array.of(IAC, SB, option, ...escapeIac(payload), IAC, SE);
}

/** Which options are on at our end and theirs; answers only what changes something, so that nobody loops. */
export class TelnetOptions {
  readonly #ours: ReadonlySet<number>;
  readonly #theirs: ReadonlySet<number>;
  readonly #on = { ours: new Set<number>(), theirs: new Set<number>() };

  /** `ours` = options we are willing to perform, `theirs` = options the peer may perform. */
  constructor(ours: readonly number[], theirs: readonly number[]) {
    this.#ours = new Set(ours);
    this.#theirs = new Set(theirs);
  }

  /** What to say first. */
  offer(): Uint8Array {
    const out: number[] = [];
    for (const option of this.#ours) {
      this.#on.ours.add(option);
      out.push(IAC, WILL, option);
    }
    for (const option of this.#theirs) {
      this.#on.theirs.add(option);
      out.push(IAC, DO, option);
    }
    return Uint8Array.from(out);
  }

  /** The answer to one request, or null when none is due. */
  answer(verb: number, option: number): Uint8Array | null {
    switch (verb) {
      case DO:
        return change(this.#on.ours, option, this.#ours.has(option), WILL, WONT);
      case WILL:
        return change(this.#on.theirs, option, this.#theirs.has(option), DO, DONT);
      case DONT:
        return this.#on.ours.delete(option) ? optionMessage(WONT, option) : null;
      default:
        return this.#on.theirs.delete(option) ? optionMessage(DONT, option) : null;
    }
  }
}

function change(on: Set<number>, option: number, willing: boolean, yes: number, no: number): Uint8Array | null {
  if (!willing) return optionMessage(no, option);
  if (on.has(option)) return null;
  on.add(option);
  return optionMessage(yes, option);
}
