import { crashReport } from './crash-report.js';
import type { FlashCut, ProgramControls } from './fault.js';
import type { Machine } from './machine.js';
import type { ProgramCrash, ProgramEnvironment, RunningProgram, StartProgram } from './program/program.js';
import { SDK_RESET_REASON, type SdkResetReason } from './reset.js';
import { ROM_CAUSE, type RomCause } from './rom-boot.js';

/** The core waits this long after its report, in ms (ESP8266.md 8.1). */
const REPORT_TO_RESTART_MS = 10;

export type LastCrash = ProgramEnvironment['lastCrash'];
export const NO_CRASH: LastCrash = { cause: 0, epc1: 0, excvaddr: 0 };

/** How a program ended by itself: what the ROM prints at the next boot, and what the program is then told. */
export interface ProgramEnd {
  readonly cause: RomCause;
  readonly reason: SdkResetReason;
  readonly lastCrash: LastCrash;
}

/** One run of the program that was found in flash. */
export class ProgramRun implements ProgramControls {
  readonly #machine: Machine;
  readonly #log: (line: string) => void;
  #program: RunningProgram | null = null;
  #stopped: Promise<void> = Promise.resolve();
  #sent: Promise<void> = Promise.resolve();
  #flashCut: FlashCut | null = null;
  #finish: ((end: ProgramEnd) => void) | null = null;

  constructor(machine: Machine, log: (line: string) => void) {
    this.#machine = machine;
    this.#log = log;
  }

  /** Resolves when the program ended by itself; a reset ends it too, and then `stopped` tells when it is gone. */
  async execute(start: StartProgram, wasm: Uint8Array, env: ProgramEnvironment): Promise<ProgramEnd> {
    const { run, uart, flash, faults } = this.#machine;
    const end = run.until<ProgramEnd>((resolve) => {
      this.#finish = (how) => {
        this.#finish = null;
        resolve(how);
      };
      run.onEnd(() => this.#stop());
    });
    uart.calibrate();
    const program = start(wasm, env, {
      uartBaud: (baud) => uart.programRate(baud),
      uartSend: (bytes) => this.#send(bytes),
      gpioChanged: (pin, level) => this.#log(`gpio${pin} = ${level}`),
      flashChanged: () => flash.touched(),
      flashing: (length) => {
        this.#flashCut = faults.programFlash(length);
        return this.#flashCut?.bytes ?? null;
      },
      powerCut: () => this.#flashCut?.cut(),
      restart: (reason) => this.#end({ cause: ROM_CAUSE.external, reason, lastCrash: NO_CRASH }),
      crashed: (crash) => this.crash(crash),
      failed: (error) => this.#failed(error),
    });
    this.#program = program;
    uart.onReceive((bytes) => program.receive(bytes));
    faults.programStarted(this);
    return await end;
  }

  /** Resolves when the program is gone and its sockets are closed. */
  get stopped(): Promise<void> {
    return this.#stopped;
  }

  get running(): boolean {
    return this.#program !== null;
  }

  after(ms: number, run: () => void): void {
    this.#machine.run.after(ms, run);
  }

  setWifi(up: boolean): void {
    this.#program?.setWifi(up);
  }

  setNtp(answers: boolean): void {
    this.#program?.setNtp?.(answers);
  }

  crash(crash: ProgramCrash): void {
    this.#stop();
    const lastCrash = { cause: Math.max(0, crash.cause), epc1: crash.epc1, excvaddr: crash.excvaddr };
    const reason = crash.softWatchdog ? SDK_RESET_REASON.softwareWatchdog : SDK_RESET_REASON.exception;
    const report = Buffer.from(crashReport(crash), 'latin1');
    void this.#sendAll(report).then(() => {
      this.after(REPORT_TO_RESTART_MS, () => this.#end({ cause: ROM_CAUSE.external, reason, lastCrash }));
    });
  }

  /** The CPU has stopped: the program does nothing any more, and nobody learns of it. */
  halt(): void {
    this.#stop();
  }

  /** No report: the next boot shows the cause (ESP8266.md 8.2). */
  hardwareWatchdog(): void {
    this.#end({ cause: ROM_CAUSE.hardwareWatchdog, reason: SDK_RESET_REASON.hardwareWatchdog, lastCrash: NO_CRASH });
  }

  /** Code that cannot run is to the chip what any damaged code is. */
  #failed(error: Error): void {
    this.#log(`program: ${error.message}`);
    this.crash({ cause: 0, epc1: 0x40100004, excvaddr: 0, message: null, frames: [], softWatchdog: false });
  }

  #end(end: ProgramEnd): void {
    this.#stop();
    this.#finish?.(end);
  }

  /** The hardware's FIFO: the program may run ahead by one load. */
  #send(bytes: Uint8Array): Promise<void> {
    const before = this.#sent;
    this.#sent = this.#sendAll(bytes);
    return before;
  }

  #sendAll(bytes: Uint8Array): Promise<void> {
    return this.#machine.uart.send(this.#machine.faults.programOutput(bytes));
  }

  #stop(): void {
    const program = this.#program;
    this.#program = null;
    if (program === null) return;
    this.#machine.flash.touched();
    this.#stopped = program.stop().catch((error: unknown) => this.#log(`program: ${String(error)}`));
  }
}
