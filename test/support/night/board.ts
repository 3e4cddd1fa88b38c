import type { ProbeResult } from '../../../src/board/events.js';
import { type Clock, wait } from '../../../src/clock.js';
import { virtualImage } from '../../../src/flash/image.test.helper.js';
import { type BoardControls, type Fault, type ProgramControls, VirtualBoard } from '../../../src/sim/index.js';
import { Surroundings } from './network.js';
import { NightPort } from './port.js';
import type { BoardScript, ResetKind, SketchMode } from './script.js';
import { ScriptedSketch } from './sketch.js';
import { ADDRESS, TOPICS } from './sketch-lines.js';

/** The sketch runs; the image only has to start it. */
const IMAGE = virtualImage();
/** A loop crashes so soon after the start of the sketch, ms. */
const LOOP_CRASH_MS = 350;
const PROBE_TIMEOUT_MS = 3_000;
/** Where crashes of the script happen: in flash, as far apart as functions are. */
const PLACE = 0x40210000;

/** A question to the board, as the network saw it. */
export interface Asked {
  /** Begin and end, in the world's time, ms. */
  readonly from: number;
  readonly to: number;
  readonly via: ProbeResult['via'];
  readonly outcome: ProbeResult['outcome'];
}

export function portName(board: number): string {
  return `/dev/ttyUSB${board}`;
}

/** A request to restart in another mode, and whether the board was there to hear it. */
export interface Switched {
  readonly at: number;
  readonly to: SketchMode;
  readonly done: boolean;
}

/** One board of a night with its cable, its network and whatever befalls it. */
export class NightBoard {
  readonly name: string;
  readonly port: NightPort;
  readonly around = new Surroundings();
  readonly asked: Asked[] = [];
  readonly switched: Switched[] = [];
  readonly sketch: ScriptedSketch;
  readonly board: VirtualBoard;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #mac: Uint8Array;
  #controls: BoardControls | null = null;
  #program: ProgramControls | null = null;
  #loop = 0;
  #loopKind: ResetKind = 'exception';
  #gpio0Held = false;

  constructor(number: number, script: BoardScript, clock: Clock, random: () => number) {
    this.name = portName(number);
    this.#clock = clock;
    this.#random = random;
    this.#mac = Uint8Array.of(0x18, 0xfe, 0x34, 0, 0, number);
    const settings = { mode: script.mode, leak: script.leak, mute: false };
    this.sketch = new ScriptedSketch(clock, this.around, settings, random);
    this.board = new VirtualBoard({
      mac: this.#mac,
      flash: { size: 1 << 20 },
      clock,
      timing: 'real',
      startProgram: this.sketch.start,
      faults: [this.#hand()],
    });
    this.board.flash.preload(0, IMAGE);
    this.port = new NightPort(this.board, this.name, clock);
    this.board.plug();
  }

  get mac(): string {
    return [...this.#mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
  }

  reset(kind: ResetKind, place = 0): void {
    const epc1 = PLACE + place * 0x100;
    const frames = [epc1, epc1 + 0x20, PLACE + 0x40];
    const crash = { cause: -1, epc1, excvaddr: 0, message: null, frames, softWatchdog: false };
    switch (kind) {
      case 'soft-watchdog':
        this.#program?.crash({ ...crash, cause: 4, softWatchdog: true });
        break;
      case 'exception':
        this.#program?.crash({ ...crash, cause: 28, excvaddr: 4 * place });
        break;
      case 'panic':
        this.#program?.crash({ ...crash, message: `Panic core_esp8266_main.cpp:${133 + place} __yield` });
        break;
      case 'out-of-memory':
        this.#program?.crash({ ...crash, message: 'Unhandled C++ exception: OOM' });
        break;
      case 'hardware-watchdog':
        this.#program?.hardwareWatchdog();
        break;
      case 'restart':
        this.sketch.restart();
        break;
      case 'button':
        this.board.pressReset();
        break;
      case 'power':
        this.#controls?.brownOut();
        break;
    }
  }

  /** Now, and after each start until it was so often. */
  bootLoop(kind: ResetKind, resets: number): void {
    this.#loop = resets - 1;
    this.#loopKind = kind;
    this.reset(kind);
  }

  /** GPIO0 is low while the button is pressed. */
  intoBootloader(): void {
    this.#gpio0Held = true;
    this.board.pressReset();
  }

  outOfBootloader(): void {
    this.#gpio0Held = false;
    this.board.pressReset();
  }

  mute(mute: boolean): void {
    this.sketch.settings.mute = mute;
  }

  /** False when nobody answers. */
  switchTo(to: SketchMode): boolean {
    const at = this.#clock.now();
    const mode = this.sketch.settings.mode;
    // The request goes the way that the board serves.
    const done = (mode === 'web-server' ? this.#http() : this.#mqtt()).outcome === 'answered';
    if (done) this.sketch.switchTo(to);
    else this.asked.push({ from: at, to: at, via: mode === 'web-server' ? 'http' : 'mqtt', outcome: 'error' });
    this.switched.push({ at, to, done });
    return done;
  }

  /** What `crossCheck` would find out, by the state of board and network. `clock` is that of whoever asks. */
  async ask(clock: Clock, signal: AbortSignal): Promise<readonly ProbeResult[]> {
    const from = this.#clock.now();
    await wait(clock, 15 + this.#random() * 60, signal);
    const rttMs = this.#clock.now() - from;
    const [http, mqtt] = [this.#http(), this.#mqtt()];
    const late = http.outcome === 'no-answer' || mqtt.outcome === 'no-answer';
    if (late) await wait(clock, PROBE_TIMEOUT_MS, signal);
    return [http, mqtt].map(({ via, outcome, evidence }) => {
      this.asked.push({ from, to: this.#clock.now(), via, outcome });
      const answered = outcome === 'answered';
      return {
        via,
        target: via === 'http' ? `http://${ADDRESS}/` : `mqtts://broker.lan/${TOPICS[0]}`,
        outcome,
        rttMs: answered ? rttMs : null,
        evidence,
        identity: { mac: answered ? this.mac : null, chipId: null },
      };
    });
  }

  async dispose(): Promise<void> {
    await this.board.dispose();
  }

  #http(): Pick<ProbeResult, 'via' | 'outcome' | 'evidence'> {
    const serves = this.sketch.serves;
    if (serves?.http === true) return { via: 'http', outcome: 'answered', evidence: 'its page' };
    if (serves?.reachable === true) return { via: 'http', outcome: 'refused', evidence: 'nothing listens there' };
    return { via: 'http', outcome: 'no-answer', evidence: 'no answer in time' };
  }

  #mqtt(): Pick<ProbeResult, 'via' | 'outcome' | 'evidence'> {
    if (this.sketch.settings.mode === 'web-server') {
      return { via: 'mqtt', outcome: 'not-configured', evidence: 'no topics are known' };
    }
    if (!this.around.broker) return { via: 'mqtt', outcome: 'unreachable', evidence: 'no way to that host' };
    if (!this.around.certificate) {
      return { via: 'mqtt', outcome: 'error', evidence: 'the certificate of the broker is not trusted' };
    }
    if (this.sketch.serves?.mqtt === true) return { via: 'mqtt', outcome: 'answered', evidence: 'its state' };
    return { via: 'mqtt', outcome: 'no-answer', evidence: 'no answer in time' };
  }

  /** Its grip on the board's inside. */
  #hand(): Fault {
    return {
      name: 'night',
      install: (controls) => {
        this.#controls = controls;
      },
      straps: (straps) => (this.#gpio0Held ? { ...straps, gpio0: 0 } : straps),
      programStarted: (program) => {
        this.#program = program;
        if (this.#loop === 0) return;
        this.#loop -= 1;
        program.after(LOOP_CRASH_MS, () => this.reset(this.#loopKind));
      },
    };
  }
}
