import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { encodeSettings, type Settings, settingsAddress } from '../../src/settings/record.js';
import {
  type BoardControls,
  type Fault,
  type ProgramControls,
  parseFault,
  Rfc2217Server,
  type Timing,
  VirtualBoard,
} from '../../src/sim/index.js';
import { startProgram } from '../../src/sim/program/host.js';
import type { StartProgram } from '../../src/sim/program/program.js';
import { Heard } from './heard.js';
import { ROOT } from './peers.js';

/** The committed flash image of the real sketch. */
export const SKETCH_IMAGE = join(ROOT, 'firmware/prebuilt/tls_mqtt.virtual.bin');
export const FLASH_BYTES = 4 << 20;
const MAC_HEAD = [0x18, 0xfe, 0x34, 0x5e] as const;

export interface SketchBoardOptions {
  /** What the settings sector holds: a record, or the sector's raw bytes. Default: erased. */
  readonly settings?: Settings | Uint8Array;
  /** What the flash holds at 0x0. Default: the committed sketch. */
  readonly image?: Uint8Array;
  /** `NAME[:ARG]`. */
  readonly faults?: readonly string[];
  /** Lie above those. */
  readonly extraFaults?: readonly Fault[];
  /** Default 'none'. */
  readonly timing?: Timing;
  readonly startProgram?: StartProgram;
}

/** Where a board serves the web. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

/** Serves a board of this process over RFC 2217; resolves with its URL. */
export async function serve(t: TestContext, { board }: SketchBoard): Promise<string> {
  const server = await Rfc2217Server.listen(board);
  t.after(() => server.close());
  return `rfc2217://${server.host}:${server.port}`;
}

let boards = 0;

/** The real sketch on a virtual board, plugged in; everything that it prints is kept, whoever has the port. */
export class SketchBoard {
  readonly board: VirtualBoard;
  readonly heard = new Heard();
  /** The board's own log: resets and pin changes. */
  readonly log: string[] = [];
  readonly mac: string;
  readonly #signal: AbortSignal;
  #program: ProgramControls | null = null;
  #supply: BoardControls | null = null;
  #pins: { readonly line: string; readonly found: () => void }[] = [];

  constructor(t: TestContext, options: SketchBoardOptions = {}) {
    this.#signal = t.signal;
    // Every wait for the board's next word listens to it.
    setMaxListeners(0, t.signal);
    boards += 1;
    const mac = Uint8Array.of(...MAC_HEAD, boards >> 8, boards & 0xff);
    this.mac = [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
    const ear: Fault = {
      name: 'ear',
      install: (supply) => {
        this.#supply = supply;
      },
      programStarted: (program) => {
        this.#program = program;
      },
      programOutput: (bytes) => {
        this.heard.add(bytes);
        return bytes;
      },
    };
    this.board = new VirtualBoard({
      mac,
      startProgram: options.startProgram ?? startProgram,
      timing: options.timing ?? 'none',
      faults: [ear, ...(options.faults ?? []).map(parseFault), ...(options.extraFaults ?? [])],
      log: (line) => this.#noted(line),
    });
    this.board.flash.preload(0, options.image ?? readFileSync(SKETCH_IMAGE));
    const { settings } = options;
    if (settings !== undefined) {
      this.board.flash.preload(
        settingsAddress(FLASH_BYTES),
        settings instanceof Uint8Array ? settings : encodeSettings(settings),
      );
    }
    t.after(() => this.board.dispose());
    this.board.plug();
  }

  /** `18fe34...`: what the sketch makes topics and names of. */
  get mac12(): string {
    return this.mac.replaceAll(':', '');
  }

  /** How often the sketch has started. */
  get starts(): number {
    return this.heard.text.split('ESP8266 Reset Reason: ').length - 1;
  }

  /** Everything printed so far, as a place to look from. */
  get mark(): number {
    return this.heard.text.length;
  }

  /** The settings sector as it is in the flash now. */
  get sector(): Uint8Array {
    return this.board.flash.read(settingsAddress(FLASH_BYTES), 4096);
  }

  /** Resolves with the groups of the first match in what was printed from `since` on. */
  async said(pattern: RegExp, since = 0): Promise<readonly string[]> {
    const match = pattern.exec(await this.heard.until(pattern, this.#signal, since));
    return match?.slice(1) ?? [];
  }

  /** Resolves when the web server has announced itself. */
  async serving(since = 0): Promise<Place> {
    const [address = '', port = ''] = await this.said(
      /^ESP8266 IP: (\S+)\r\nESP8266 WebServer Port: (\d+)\r\n/m,
      since,
    );
    await this.said(/^ESP8266 Mode: Web Server Running - Type = SDK API\r\n/m, since);
    return { address, port: Number(port) };
  }

  /** Sends what is typed at the serial line. */
  async type(text: string): Promise<void> {
    const port = this.board.attach(115_200, { onBytes: () => undefined, onUnplug: () => undefined });
    try {
      await port.write(Buffer.from(text));
    } finally {
      port.detach();
    }
  }

  /** The access point appears or vanishes. */
  setWifi(up: boolean): void {
    this.#program?.setWifi(up);
  }

  /** Time servers answer, or do not. */
  setNtp(answers: boolean): void {
    this.#program?.setNtp(answers);
  }

  /** The supply dips. */
  brownOut(): void {
    this.#supply?.brownOut();
  }

  /** The program is stuck for good, now. */
  hardwareWatchdog(): void {
    this.#program?.hardwareWatchdog();
  }

  /** Resolves when the board's own log has this line from entry `since` on. */
  logged(line: string, since = 0): Promise<void> {
    if (this.log.indexOf(line, since) >= 0) return Promise.resolve();
    return new Promise((found, reject) => {
      this.#pins.push({ line, found });
      this.#signal.addEventListener('abort', () => reject(new Error(`never logged: ${line}; ${this.log.join(', ')}`)));
    });
  }

  #noted(line: string): void {
    this.log.push(line);
    this.#pins = this.#pins.filter((waiting) => {
      if (waiting.line !== line) return true;
      waiting.found();
      return false;
    });
  }
}
