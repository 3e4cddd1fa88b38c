import { Worker } from 'node:worker_threads';
import { EspwatchError } from '../../errors.js';
import { compileProgram } from './abi.js';
import { programCountersNow } from './halt.js';
import { createSharedBuffer, ringBell, type SharedBoard, STATE, sharedBoard, WORD } from './layout.js';
import {
  type BoardCall,
  type BoardEnd,
  type BoardMessage,
  type Ending,
  FLASH_GOES_ON,
  type WifiAction,
  type WorkerInput,
} from './messages.js';
import { BoardNetwork } from './network.js';
import type { ProgramCrash, ProgramEnvironment, ProgramPorts, RunningProgram, StartProgram } from './program.js';
import { EXCCAUSE, isStore } from './traps.js';
import { UartPump } from './uart-pump.js';
import { watch } from './watchdog.js';

/** Times of the board; tests shorten them. */
export interface ProgramTimes {
  /** The SDK's interval is 1.6 s, and the second one unfed resets. */
  readonly softWatchdogMs: number;
  /** Shortest run before a reset from inside counts: a crash in `setup()` must not spin the host. */
  readonly shortestRunMs: number;
}

const TIMES: ProgramTimes = { softWatchdogMs: 3200, shortestRunMs: 50 };
/** How long a program may take to reach an import after the watchdog has run out, before it is killed where it is. */
const BARK_GRACE_MS = 50;
/** How long halting it may take. */
const HALT_LIMIT_MS = 500;
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1, codeRangeSizeMb: 4 };
/** GPIO levels with nothing connected: 0 and 2 have pull-ups, 1 and 3 are an idle UART. */
const IDLE_PINS = 0b1111;
const PIN_COUNT = 17;

/** `StartProgram` with other times than the chip's. */
export function createStartProgram(times: Partial<ProgramTimes> = {}): StartProgram {
  return (wasm, env, ports) => new ProgramRun(wasm, env, ports, { ...TIMES, ...times });
}

/** Runs a program in a worker thread of its own. */
export const startProgram: StartProgram = createStartProgram();

let started = 0;

class ProgramRun implements RunningProgram {
  readonly #wasm: Uint8Array;
  readonly #ports: ProgramPorts;
  readonly #board: SharedBoard = sharedBoard(createSharedBuffer());
  readonly #network: BoardNetwork;
  readonly #uart: UartPump;
  readonly #earliestEnd: number;
  readonly #stopSignal = new AbortController();
  readonly #levels = new Map<number, 0 | 1>();
  readonly #name = `virtual-board-${++started}`;
  #worker: Worker | undefined;
  #halt: Promise<unknown> | undefined;
  #unwatch: () => void = () => undefined;
  #released: Promise<void> | undefined;
  /** It runs no longer; what it had sent may still be on its way out. */
  #ended = false;

  constructor(wasm: Uint8Array, env: ProgramEnvironment, ports: ProgramPorts, times: ProgramTimes) {
    this.#wasm = wasm;
    this.#ports = ports;
    this.#earliestEnd = performance.now() + times.shortestRunMs;
    this.#network = new BoardNetwork(this.#board, env.mac);
    this.#uart = new UartPump(
      this.#board,
      (bytes) => ports.uartSend(bytes),
      (error) => this.#fail(error),
    );
    Atomics.store(this.#board.words, WORD.gpioIn, IDLE_PINS);
    try {
      this.#start(env, times);
    } catch (error) {
      queueMicrotask(() => this.#fail(error));
    }
  }

  receive(bytes: Uint8Array): void {
    this.#uart.receive(bytes);
  }

  setWifi(up: boolean): void {
    this.#network.setUp(up);
  }

  setNtp(answers: boolean): void {
    this.#network.setNtp(answers);
  }

  async stop(): Promise<void> {
    this.#ended = true;
    this.#stopSignal.abort();
    this.#uart.stop();
    await this.#release();
  }

  #start(env: ProgramEnvironment, times: ProgramTimes): void {
    const { words } = this.#board;
    const { mac, flash, rtc, flashSize, resetReason, lastCrash } = env;
    const workerData: WorkerInput = {
      module: compileProgram(this.#wasm),
      shared: this.#board.buffer,
      mac: Uint8Array.from(mac),
      flash,
      rtc,
      flashSize,
      resetReason,
      lastCrash,
    };
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData,
      name: this.#name,
      resourceLimits: LIMITS,
      // It must not inherit what the process was started with: a debugger, a test runner, secrets.
      env: {},
      execArgv: [],
    });
    this.#worker = worker;
    worker.on('message', (message: BoardMessage) => this.#guard(() => this.#onMessage(message)));
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', () => {
      // It leaves by itself only after it has said why; anything else is the host's trouble.
      if (!this.#ended) this.#fail(new Error('the worker ended unasked'));
    });
    this.#unwatch = watch(
      {
        fed: () => Atomics.load(words, WORD.feed),
        counting: () => Atomics.load(words, WORD.state) === STATE.running,
        bark: () => this.#bark(),
      },
      times.softWatchdogMs,
    );
  }

  async #onMessage(message: BoardMessage): Promise<void> {
    if (this.#ended) return;
    if (message === 0) {
      this.#lookAtBoard();
      return;
    }
    switch (message.op) {
      case 'restart':
      case 'crash':
      case 'unusable':
        await this.#onEnd(message);
        return;
      default:
        await this.#answer(message);
    }
  }

  #lookAtBoard(): void {
    // Before the rings are looked at: what comes later rings again.
    Atomics.store(this.#board.words, WORD.hostBell, 0);
    this.#uart.pump();
    this.#network.pump();
    this.#lookAtPins();
  }

  #lookAtPins(): void {
    const outputs = Atomics.load(this.#board.words, WORD.gpioIsOutput);
    const levels = Atomics.load(this.#board.words, WORD.gpioOut);
    for (let pin = 0; pin < PIN_COUNT; pin++) {
      if (((outputs >> pin) & 1) === 0) continue;
      const level = (levels >> pin) & 1 ? 1 : 0;
      if (this.#levels.get(pin) === level) continue;
      this.#levels.set(pin, level);
      this.#ports.gpioChanged(pin, level);
    }
  }

  async #answer(call: BoardCall): Promise<void> {
    const answer = await this.#perform(call);
    Atomics.store(this.#board.words, WORD.call, answer);
    ringBell(this.#board);
  }

  async #perform(call: BoardCall): Promise<number> {
    switch (call.op) {
      case 'baud':
        await this.#uart.drained();
        if (!this.#ended) this.#ports.uartBaud(call.baud);
        return 0;
      case 'open':
        return this.#network.open(call);
      case 'listen':
        return this.#network.listen(call.port);
      case 'unlisten':
        await this.#network.unlisten(call.listener);
        return 0;
      case 'wifi':
        await this.#wifi(call.action, call.ssid);
        return 0;
      case 'sntp':
        this.#network.setSntp(call.on);
        return 0;
      case 'flash-start':
        return this.#ports.flashing?.(call.length) ?? FLASH_GOES_ON;
      case 'flash':
        this.#ports.flashChanged?.(call.address, call.length);
        if (call.cut) this.#ports.powerCut?.();
        return 0;
    }
  }

  async #wifi(action: WifiAction, ssid: string | null): Promise<void> {
    switch (action) {
      case 'station':
        this.#network.join(ssid);
        break;
      case 'off':
        this.#network.leave();
        break;
      case 'access-point':
        await this.#network.accessPoint();
        break;
      case 'access-point-off':
        this.#network.closeAccessPoint();
    }
  }

  #onEnd(end: BoardEnd): Promise<void> {
    switch (end.op) {
      case 'restart':
        return this.#finish(() => this.#ports.restart(end.reason));
      case 'crash':
        return this.#finish(() => this.#ports.crashed(this.#crash(end.ending, end.softWatchdog)));
      case 'unusable':
        return this.#finish(() => this.#ports.failed(unusable(end.text)));
    }
  }

  #crash({ outOfBounds, ...ending }: Ending, softWatchdog: boolean): ProgramCrash {
    const cause = outOfBounds && isStore(this.#wasm, ending.epc1) ? EXCCAUSE.storeProhibited : ending.cause;
    return { ...ending, cause, softWatchdog };
  }

  /** The soft watchdog: an import of the program's ends it, with a stack; if it calls none, it is halted and killed. */
  #bark(): void {
    Atomics.store(this.#board.words, WORD.bark, 1);
    ringBell(this.#board);
    this.#guard(async () => {
      await this.#pause(BARK_GRACE_MS);
      if (this.#ended || this.#worker === undefined) return;
      const halt = programCountersNow(this.#name, HALT_LIMIT_MS);
      this.#halt = halt;
      const frames = await halt;
      const [epc1 = 0] = frames;
      const crash = { cause: EXCCAUSE.level1Interrupt, epc1, excvaddr: 0, message: null, frames, softWatchdog: true };
      await this.#finish(() => this.#ports.crashed(crash));
    });
  }

  /** Ends the run from inside: first what it had sent, then silence, then the news. */
  async #finish(tell: () => void): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#unwatch();
    await this.#worker?.terminate();
    this.#lookAtPins();
    await this.#uart.drained();
    await this.#pause(this.#earliestEnd - performance.now());
    await this.#release();
    if (!this.#stopSignal.signal.aborted) tell();
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#stopSignal;
    if (ms <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
    });
  }

  #release(): Promise<void> {
    this.#released ??= (async () => {
      this.#unwatch();
      // A halted thread does not end.
      await this.#halt;
      await this.#worker?.terminate();
      await this.#network.close();
    })();
    return this.#released;
  }

  /** A port or the host's own code threw: the board is dead, and says so. */
  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#uart.stop();
    const cause = error instanceof Error ? error : new Error(String(error));
    void this.#release().then(() => {
      if (!this.#stopSignal.signal.aborted) this.#ports.failed(cause);
    });
  }

  #guard(run: () => Promise<void>): void {
    run().catch((error: unknown) => this.#fail(error));
  }
}

function unusable(text: string): EspwatchError {
  return new EspwatchError(
    'SIM_PROGRAM',
    `The program in the flash cannot run: ${text}.`,
    'Flash an image that was built for this version of the virtual board.',
  );
}
