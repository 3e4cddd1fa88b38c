import type { BindingInterface, OpenOptions, PortInfo } from '@serialport/bindings-cpp';
import type { Clock } from '../../../src/clock.js';
import { EspwatchError } from '../../../src/errors.js';
import { type BoardPort, type HostPort, SimBinding, type VirtualBoard } from '../../../src/sim/index.js';

/** One run of bytes as the port gave it. */
export interface Delivery {
  /** The world's time, ms. */
  readonly t: number;
  readonly bytes: Uint8Array;
}

/** An adapter hands over what it has so often, as those of FTDI do, ms. */
const LATENCY_MS = 16;

interface Open {
  readonly port: BoardPort;
  readonly host: HostPort;
  /** In the adapter. */
  readonly held: Uint8Array[];
}

/** The cable between a virtual board and the computer: it can be pulled, get another name, and the computer can sleep. */
export class NightPort {
  /** Everything that the port gave, in order. */
  readonly deliveries: Delivery[] = [];
  readonly binding: BindingInterface;
  path: string;
  #in = true;
  #asleep = false;
  readonly #clock: Clock;
  #open: Open | null = null;

  constructor(board: VirtualBoard, path: string, clock: Clock) {
    this.path = path;
    this.#clock = clock;
    const attach = board.attach.bind(board);
    board.attach = (baud, host) => {
      if (!this.#in) throw new EspwatchError('PORT_MISSING', 'The cable is out.', 'Plug it in.');
      const open: Open = {
        port: attach(baud, { onBytes: (bytes) => this.#came(open, bytes), onUnplug: () => this.#lost() }),
        host,
        held: [],
      };
      this.#open = open;
      return open.port;
    };
    this.binding = {
      list: async (): Promise<PortInfo[]> => (this.#in ? new SimBinding(board, this.path).list() : []),
      open: (options: OpenOptions) => new SimBinding(board, this.path).open(options),
    };
  }

  get isIn(): boolean {
    return this.#in;
  }

  /** The cable comes out; the board may have a supply of its own. */
  pull(): void {
    this.#in = false;
    const open = this.#open;
    this.#lost();
    open?.port.detach();
  }

  plug(path: string = this.path): void {
    this.#in = true;
    this.path = path;
  }

  /** What comes while the computer sleeps is lost. */
  sleep(asleep: boolean): void {
    this.#asleep = asleep;
  }

  /** The process that had it open was killed. */
  close(): void {
    this.#open?.port.detach();
    this.#open = null;
  }

  #came(open: Open, bytes: Uint8Array): void {
    if (this.#asleep) return;
    open.held.push(Uint8Array.from(bytes));
    if (open.held.length > 1) return;
    this.#clock.after(LATENCY_MS, () => {
      const held = Buffer.concat(open.held.splice(0));
      if (this.#open !== open || this.#asleep) return;
      this.deliveries.push({ t: this.#clock.now(), bytes: held });
      open.host.onBytes(held);
    });
  }

  #lost(): void {
    const open = this.#open;
    this.#open = null;
    open?.host.onUnplug();
  }
}
