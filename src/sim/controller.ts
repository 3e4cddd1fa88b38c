import { type Clock, realClock, type Timer } from '../clock.js';
import type { Control } from './control.js';
import type { BoardControls, Fault, ProgramControls } from './fault.js';
import { ABORT_CRASH, nullPointerCrash, STUCK_CRASH } from './fault-crashes.js';
import type { VirtualBoard } from './virtual-board.js';

const NOTHING = new Uint8Array(0);

export interface BoardStatus {
  readonly plugged: boolean;
  /** False in the ROM, between a crash and the restart, and without power. */
  readonly running: boolean;
}

/** Does to a board what it is told while the board runs. Its `fault` goes among the board's faults. */
export class BoardController {
  readonly fault: Fault;
  readonly #clock: Clock;
  #supply: BoardControls | null = null;
  #program: ProgramControls | null = null;
  #wifi = true;
  #ntp = true;
  #mute = false;
  #loop = false;
  #plugAgain: Timer | null = null;

  constructor(clock: Clock = realClock) {
    this.#clock = clock;
    this.fault = {
      name: 'controller',
      install: (supply) => {
        this.#supply = supply;
      },
      programStarted: (program) => this.#started(program),
      programOutput: (bytes) => (this.#mute ? NOTHING : bytes),
    };
  }

  status(board: VirtualBoard): BoardStatus {
    return { plugged: board.isPlugged, running: this.#running() !== null };
  }

  /** Throws a plain Error, one sentence without its full stop, when the board is not in a state for it. */
  apply(control: Control, board: VirtualBoard): void {
    switch (control.do) {
      case 'help':
      case 'status':
        break;
      case 'reset':
        plugged(board);
        board.pressReset();
        break;
      case 'power-cycle':
        this.#cancelPlug();
        board.powerOn();
        break;
      case 'plug':
        this.#cancelPlug();
        board.plug();
        break;
      case 'unplug':
        this.#unplug(board, control.seconds);
        break;
      case 'brown-out':
        plugged(board);
        this.#supply?.brownOut();
        break;
      case 'hang':
        plugged(board);
        this.#supply?.haltCpu();
        break;
      case 'watchdog':
        if (control.hardware) this.#need().hardwareWatchdog();
        else this.#need().crash(STUCK_CRASH);
        break;
      case 'exception':
        this.#need().crash(nullPointerCrash(control.address));
        break;
      case 'abort':
        this.#need().crash(ABORT_CRASH);
        break;
      case 'wifi':
        this.#wifi = control.on;
        this.#running()?.setWifi(control.on);
        break;
      case 'ntp':
        this.#ntp = control.on;
        this.#running()?.setNtp(control.on);
        break;
      case 'mute':
        this.#mute = control.on;
        break;
      case 'boot-loop':
        this.#loop = control.on;
        if (control.on) this.#running()?.crash(nullPointerCrash());
        break;
    }
  }

  /** The cable stays as it is. */
  dispose(): void {
    this.#cancelPlug();
  }

  #started(program: ProgramControls): void {
    this.#program = program;
    if (!this.#wifi) program.setWifi(false);
    if (!this.#ntp) program.setNtp(false);
    if (this.#loop) program.crash(nullPointerCrash());
  }

  #running(): ProgramControls | null {
    return this.#program?.running === true ? this.#program : null;
  }

  #need(): ProgramControls {
    const program = this.#running();
    if (program === null) throw new Error('No program is running on the board');
    return program;
  }

  #unplug(board: VirtualBoard, seconds: number | null): void {
    plugged(board);
    board.unplug();
    if (seconds === null) return;
    this.#plugAgain = this.#clock.after(seconds * 1000, () => {
      this.#plugAgain = null;
      board.plug();
    });
  }

  #cancelPlug(): void {
    this.#plugAgain?.cancel();
    this.#plugAgain = null;
  }
}

function plugged(board: VirtualBoard): void {
  if (!board.isPlugged) throw new Error('The board is not plugged in');
}
