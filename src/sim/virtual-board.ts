import { type Clock, realClock } from '../clock.js';
import { EspwatchError } from '../errors.js';
import { LINES_RELEASED, type ModemLines } from '../serial/link.js';
import { Chip } from './chip.js';
import type { Fault } from './fault.js';
import { FaultStack } from './faults.js';
import { FlashChip } from './flash-chip.js';
import { FlashFile } from './flash-file.js';
import { resetPins, type Wiring } from './lines.js';
import type { StartProgram } from './program/program.js';
import { type Crystal, Uart } from './uart.js';
import { type LineEnd, type Timing, UartLine } from './uart-line.js';
import { UartReceiver } from './uart-receiver.js';

/** How long the RST button is held, in ms. */
const BUTTON_MS = 20;
/** How long the supply is gone in a brown-out, in ms. */
const BROWN_OUT_MS = 5;

export interface VirtualBoardOptions {
  /** 6 bytes. */
  readonly mac: Uint8Array;
  readonly flash?: { readonly size?: number; readonly jedecId?: number };
  /** Keeps the flash content as plain bytes; loaded at once, saved after changes and at `dispose`. */
  readonly flashFile?: string;
  readonly clock?: Clock;
  readonly timing?: Timing;
  /** From the rise of EN to the sampling of the straps (default 2). */
  readonly enDelayMs?: number;
  readonly wiring?: Wiring;
  /** MHz (default 26). */
  readonly crystal?: Crystal;
  readonly startProgram: StartProgram;
  /** The last one lies uppermost. */
  readonly faults?: readonly Fault[];
  /** What the board would tell whoever looks at it on the desk; one line each. */
  readonly log?: (line: string) => void;
}

/** Who has the port open. */
export interface HostPort {
  /** What the host's UART heard, at the host's speed. */
  onBytes(bytes: Uint8Array): void;
  /** The cable came out. The port is gone; `attach` again after `plug`. */
  onUnplug(): void;
}

/** An open port at the host's end. Every call after `detach` or an unplug throws `PORT_CLOSED`. */
export interface BoardPort {
  readonly baud: number;
  readonly lines: ModemLines;
  setBaud(baud: number): void;
  setLines(lines: ModemLines): void;
  /** Resolves when the last bit has been shifted out. */
  write(bytes: Uint8Array): Promise<void>;
  /** Throws away what was written and has not left. */
  discardOutput(): void;
  /** Closes the port: both lines are released. Safe to call twice. */
  detach(): void;
}

/** An ESP8266 board with its USB bridge: it runs whether or not somebody has the port open. */
export class VirtualBoard {
  readonly mac: Uint8Array;
  readonly flash: FlashChip;
  readonly #clock: Clock;
  readonly #wiring: Wiring;
  readonly #chip: Chip;
  readonly #file: FlashFile | null;
  readonly #toBoard: UartLine;
  readonly #toHost: UartLine;
  readonly #hostReceiver = new UartReceiver(115_200);
  #host: HostPort | null = null;
  #lines: ModemLines = LINES_RELEASED;
  #plugged = false;
  #button: { cancel(): void } | null = null;

  constructor(options: VirtualBoardOptions) {
    const clock = options.clock ?? realClock;
    const timing = options.timing ?? 'real';
    const log = options.log ?? (() => undefined);
    const uart = new Uart(options.crystal ?? 26);
    const faults = new FaultStack();
    this.mac = options.mac;
    this.#clock = clock;
    this.#wiring = options.wiring ?? 'two-transistor';
    this.flash = new FlashChip(options.flash);
    this.#file = options.flashFile === undefined ? null : new FlashFile(options.flashFile, this.flash, clock, log);
    this.#toBoard = new UartLine(clock, timing, {
      take: (bytes, baud, start) => uart.take(faults.fromHost(bytes), baud, start),
      idle: (until) => uart.idle(until),
    });
    this.#toHost = new UartLine(clock, timing, this.#hostEnd());
    uart.connect(this.#toHost, this.#toBoard);
    this.#chip = new Chip({
      clock,
      timing,
      enDelayMs: options.enDelayMs ?? 2,
      mac: options.mac,
      flash: this.flash,
      uart,
      faults,
      startProgram: options.startProgram,
      log,
    });
    faults.install(options.faults ?? [], {
      mac: Buffer.from(options.mac).toString('hex'),
      unplug: () => this.unplug(),
      haltCpu: () => this.#chip.halt(),
      brownOut: () => this.#brownOut(),
    });
  }

  get isPlugged(): boolean {
    return this.#plugged;
  }

  /** Plugs the board in, which gives it power. */
  plug(): void {
    if (this.#plugged) return;
    this.#plugged = true;
    this.#chip.powerOn();
  }

  /** The cable comes out: no power, and whoever has the port open loses it. */
  unplug(): void {
    if (!this.#plugged) return;
    this.#plugged = false;
    this.#chip.powerOff();
    this.#toBoard.discard();
    const host = this.#host;
    this.#release();
    host?.onUnplug();
  }

  /** Power cycle (plugs the board in if it is not): `rst cause:1`. */
  powerOn(): void {
    if (this.#plugged) this.#chip.powerOn();
    else this.plug();
  }

  /** The RST button, pressed and let go: `rst cause:2`. */
  pressReset(): void {
    this.#button?.cancel();
    this.#chip.setPins({ ...resetPins(this.#wiring, this.#lines), en: 0 });
    this.#button = this.#clock.after(BUTTON_MS, () => {
      this.#button = null;
      this.#applyLines();
    });
  }

  /** A factory-new flash chip: every bit set. The chip goes on with what it has in RAM. */
  blankFlash(): void {
    this.flash.eraseChip();
  }

  /** Opens the port at `baud` with both lines released; throws `PORT_BUSY` or `PORT_MISSING`. */
  attach(baud: number, host: HostPort): BoardPort {
    if (!this.#plugged) {
      throw new EspwatchError('PORT_MISSING', 'The virtual board is not plugged in.', 'Plug it in first.');
    }
    if (this.#host !== null) {
      throw new EspwatchError('PORT_BUSY', 'The virtual board is in use.', 'Close the other program first.');
    }
    this.#toHost.catchUp();
    this.#hostReceiver.reset();
    this.#hostReceiver.baud = baud;
    this.#host = host;
    return this.#port(host);
  }

  /** Ends everything that the board started; the flash file is up to date afterwards. */
  async dispose(): Promise<void> {
    this.#button?.cancel();
    this.#release();
    this.#chip.powerOff();
    this.#plugged = false;
    this.#toBoard.dispose();
    this.#toHost.dispose();
    await this.#chip.programStopped();
    await this.#file?.dispose();
  }

  #hostEnd(): LineEnd {
    const deliver = (bytes: Uint8Array): void => {
      if (bytes.length > 0) this.#host?.onBytes(bytes);
    };
    return {
      take: (bytes, baud, start) => {
        if (this.#host !== null) deliver(this.#hostReceiver.hear(bytes, baud, start));
      },
      idle: (until) => {
        if (this.#host === null) return null;
        deliver(this.#hostReceiver.idle(until));
        return this.#hostReceiver.completeAt;
      },
    };
  }

  #port(host: HostPort): BoardPort {
    const check = (): void => {
      if (this.#host !== host) {
        throw new EspwatchError('PORT_CLOSED', 'The port of the virtual board is closed.', 'Open it again.');
      }
    };
    const board = this;
    return {
      get baud() {
        return board.#hostReceiver.baud;
      },
      get lines() {
        return board.#lines;
      },
      setBaud: (baud) => {
        check();
        this.#toHost.catchUp();
        this.#hostReceiver.baud = baud;
      },
      setLines: (lines) => {
        check();
        this.#setLines(lines);
      },
      write: async (bytes) => {
        check();
        await this.#toBoard.send(Uint8Array.from(bytes), this.#hostReceiver.baud);
      },
      discardOutput: () => {
        check();
        this.#toBoard.discard();
      },
      detach: () => {
        if (this.#host !== host) return;
        this.#toBoard.discard();
        this.#release();
      },
    };
  }

  #release(): void {
    this.#host = null;
    this.#setLines(LINES_RELEASED);
  }

  #setLines(lines: ModemLines): void {
    this.#lines = lines;
    if (this.#button === null) this.#applyLines();
  }

  #applyLines(): void {
    // What was on its way when a line moved had already been heard.
    this.#toBoard.catchUp();
    this.#chip.setPins(resetPins(this.#wiring, this.#lines));
  }

  #brownOut(): void {
    this.#chip.powerOff();
    this.#clock.after(BROWN_OUT_MS, () => {
      if (this.#plugged) this.#chip.powerOn();
    });
  }
}
