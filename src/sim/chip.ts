import type { Clock } from '../clock.js';
import { eboot, isEboot } from './eboot.js';
import type { FaultStack } from './faults.js';
import type { FlashChip } from './flash-chip.js';
import { BOOT_MODE_UART_DOWNLOAD, bootMode, type ResetPins, type Straps } from './lines.js';
import type { Machine } from './machine.js';
import type { StartProgram } from './program/program.js';
import { type LastCrash, NO_CRASH, type ProgramEnd, ProgramRun } from './program-run.js';
import { Registers } from './registers.js';
import { SDK_RESET_REASON, type SdkResetReason } from './reset.js';
import { loadImage, ROM_CAUSE, type RomAction, type RomCause, romBoot, romException } from './rom-boot.js';
import { type LoaderExit, RomLoader } from './rom-loader.js';
import { Run } from './run.js';
import { Stub, type StubExit } from './stub.js';
import type { Uart } from './uart.js';
import type { Timing } from './uart-line.js';

/** From the strap sampling to the first bit of the banner, in ms (ESP8266.md 9.3). */
const ROM_START_MS = 3;
/** From eboot's last line to the program's first instruction: SDK start and RF calibration, in ms (ESP8266.md 9.3). */
const SDK_START_MS = 50;
/** The hardware watchdog's period in ms (ESP8266.md 8.2: about 8 s, not verified). */
const HARDWARE_WATCHDOG_MS = 8000;

/** The RTC's user memory in bytes (ESP8266.md 6, `rtcMem`). */
const RTC_USER_BYTES = 512;

export interface ChipOptions {
  readonly clock: Clock;
  readonly timing: Timing;
  /** Milliseconds from the rise of EN to the sampling of the straps: the RC delay of the board (ESP8266.md 2.2). */
  readonly enDelayMs: number;
  readonly mac: Uint8Array;
  readonly flash: FlashChip;
  readonly uart: Uart;
  readonly faults: FaultStack;
  readonly startProgram: StartProgram;
  readonly log: (line: string) => void;
}

/** What survives a reset that is not a power cycle. */
interface RtcState {
  reason: SdkResetReason;
  lastCrash: LastCrash;
}

/** The ESP8266: power, EN and straps from outside; CPU, ROM and what they start inside (ESP8266.md 1, 2). */
export class Chip {
  readonly #options: ChipOptions;
  readonly #registers: Registers;
  #powered = false;
  #pins: ResetPins = { en: 1, gpio0: 1 };
  #straps: Straps = { gpio0: 1, gpio2: 1, gpio15: 0 };
  #run: Run;
  #program: ProgramRun | null = null;
  /** What the ROM will print when EN is high again. */
  #cause: RomCause = ROM_CAUSE.powerOn;
  #rtcMemory = new SharedArrayBuffer(RTC_USER_BYTES);
  #rtc: RtcState = { reason: SDK_RESET_REASON.powerOn, lastCrash: NO_CRASH };

  constructor(options: ChipOptions) {
    this.#options = options;
    this.#run = new Run(options.clock);
    this.#registers = new Registers({
      mac: options.mac,
      flash: options.flash,
      bootMode: () => bootMode(this.#straps),
      uartDivisor: () => options.uart.divisor,
      setUartDivisor: (divisor) => {
        options.uart.divisor = divisor;
      },
      softwareReset: () => this.#warmReset({ cause: ROM_CAUSE.external, ...this.#rtc }),
    });
  }

  get pins(): ResetPins {
    return this.#pins;
  }

  /** Levels at EN and GPIO0: the straps are taken a while after EN has risen. */
  setPins(pins: ResetPins): void {
    const before = this.#pins.en;
    this.#pins = pins;
    if (!this.#powered || pins.en === before) return;
    if (pins.en === 0) {
      this.#stop();
      this.#cause = ROM_CAUSE.external;
    } else {
      this.#coldReset();
    }
  }

  powerOn(): void {
    this.powerOff();
    this.#powered = true;
    this.#cause = ROM_CAUSE.powerOn;
    // A new one: a program that has lost its power may not have noticed yet.
    this.#rtcMemory = new SharedArrayBuffer(RTC_USER_BYTES);
    if (this.#pins.en === 1) this.#coldReset();
  }

  powerOff(): void {
    this.#powered = false;
    this.#stop();
  }

  /** The CPU stops dead until the next reset. */
  halt(): void {
    this.#run.halt();
    this.#program?.halt();
  }

  /** Resolves when the last program is gone and its sockets are closed. */
  async programStopped(): Promise<void> {
    await this.#program?.stopped;
  }

  #stop(): void {
    this.#run.end();
    this.#options.uart.stop();
  }

  #newRun(): Run {
    this.#stop();
    this.#run = new Run(this.#options.clock);
    return this.#run;
  }

  /** EN has risen: straps after the RC delay, then the ROM. */
  #coldReset(): void {
    const { uart, enDelayMs, timing, faults } = this.#options;
    const run = this.#newRun();
    const cause = this.#cause;
    const isPowerOn = cause === ROM_CAUSE.powerOn;
    uart.coldReset();
    this.#registers.reset();
    run.after(enDelayMs, () => {
      this.#cause = ROM_CAUSE.external;
      this.#straps = faults.straps({ gpio0: this.#pins.gpio0, gpio2: 1, gpio15: 0 });
      this.#rtc = { reason: isPowerOn ? SDK_RESET_REASON.powerOn : SDK_RESET_REASON.external, lastCrash: NO_CRASH };
      run.after(timing === 'real' ? ROM_START_MS : 0, () => this.#boot(run, cause));
    });
  }

  /** A reset from inside: straps and PLL stay as they are (ESP8266.md 1.1, 1.6). */
  #warmReset(end: ProgramEnd): void {
    const run = this.#newRun();
    this.#rtc = { reason: end.reason, lastCrash: end.lastCrash };
    run.after(this.#options.timing === 'real' ? ROM_START_MS : 0, () => this.#boot(run, end.cause));
  }

  #boot(run: Run, cause: RomCause): void {
    const { clock, timing, uart, flash, faults, log } = this.#options;
    const machine: Machine = { clock, timing, uart, flash, registers: this.#registers, faults, run };
    uart.romRate();
    const mode = bootMode(this.#straps);
    log(`reset: rst cause:${cause}, boot mode ${mode}`);
    // Whoever sits in download mode without an EN pulse is found by the watchdog (1.6).
    const warm =
      mode === BOOT_MODE_UART_DOWNLOAD &&
      cause === ROM_CAUSE.external &&
      this.#rtc.reason !== SDK_RESET_REASON.external;
    const cancelWatchdog = warm ? run.after(HARDWARE_WATCHDOG_MS, () => this.#watchdog()) : () => undefined;
    run.start(
      () => this.#follow(machine, romBoot(cause, mode, flash), cancelWatchdog),
      (error) => log(`board: ${String(error)}`),
    );
  }

  #watchdog(): void {
    const reason = SDK_RESET_REASON.hardwareWatchdog;
    this.#warmReset({ cause: ROM_CAUSE.hardwareWatchdog, reason, lastCrash: NO_CRASH });
  }

  async #follow(machine: Machine, action: RomAction, trained: () => void = () => undefined): Promise<void> {
    await machine.uart.sendText(action.text);
    await machine.run.checkpoint();
    switch (action.next.kind) {
      case 'hang':
        return await machine.run.forever();
      case 'jump':
        return await this.#jump(machine, action.next.entry);
      case 'download':
        return await this.#download(machine, trained);
    }
  }

  async #download(machine: Machine, trained: () => void): Promise<void> {
    machine.faults.downloadBegan();
    let exit: LoaderExit | StubExit = await new RomLoader(machine).serve(trained);
    await machine.run.checkpoint();
    while (exit.kind === 'call') {
      const kind = exit.ram.stubAt(exit.entry);
      if (kind === null) return await this.#nowhere(machine, exit.entry, 'code was run from RAM that is no known stub');
      this.#options.log(`stub: ${kind}`);
      exit = await new Stub(machine, kind).serve();
      await machine.run.checkpoint();
    }
    if (exit.kind === 'reset') {
      return this.#warmReset({ cause: ROM_CAUSE.external, reason: SDK_RESET_REASON.softRestart, lastCrash: NO_CRASH });
    }
    // The loader boots flash at the rate and with the straps as they are, without a banner (3.5, 4.9).
    return await this.#follow(machine, loadImage(machine.flash));
  }

  async #jump(machine: Machine, entry: number): Promise<void> {
    if (!isEboot(entry)) return await this.#nowhere(machine, entry, 'the image in flash is no Arduino boot loader');
    const stage = eboot(machine.flash);
    await machine.uart.sendText(stage.text);
    await machine.run.checkpoint();
    if ('fault' in stage.program) return await this.#nowhere(machine, stage.program.entry, stage.program.fault);
    const before = this.#program;
    await machine.run.sleep(machine.timing === 'real' ? SDK_START_MS : 0);
    await before?.stopped;
    await machine.run.checkpoint();
    await this.#execute(machine, stage.program.wasm);
  }

  async #execute(machine: Machine, wasm: Uint8Array): Promise<void> {
    const { startProgram, mac, log } = this.#options;
    const program = new ProgramRun(machine, log);
    this.#program = program;
    const end = await program.execute(startProgram, wasm, {
      mac,
      flashSize: machine.flash.size,
      resetReason: this.#rtc.reason,
      lastCrash: this.#rtc.lastCrash,
      flash: machine.flash.shared,
      rtc: this.#rtcMemory,
    });
    this.#warmReset(end);
  }

  /**
   * The CPU went into code that is not there (Xtensa code, which nothing here executes, or damaged code): the ROM's
   * exception report, then silence until the hardware watchdog, which eboot has armed (ESP8266.md 1.10, 1.11).
   */
  async #nowhere(machine: Machine, entry: number, why: string): Promise<never> {
    this.#options.log(`board: ${why}`);
    await machine.uart.sendText(romException(0, entry, 0));
    await machine.run.checkpoint();
    machine.run.after(HARDWARE_WATCHDOG_MS, () => this.#watchdog());
    return await machine.run.forever();
  }
}
