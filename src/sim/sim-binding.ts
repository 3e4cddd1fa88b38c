import type {
  BindingInterface,
  BindingPortInterface,
  OpenOptions,
  PortInfo,
  PortStatus,
  SetOptions,
  UpdateOptions,
} from '@serialport/bindings-cpp';
import { EspwatchError } from '../errors.js';
import type { BoardPort, VirtualBoard } from './virtual-board.js';

/** What an operating system would keep for a port that nobody reads. */
const INPUT_MAX = 1024 * 1024;

/** An error as bindings-cpp marks it: `canceled` when the port was closed, `disconnect` when the device is gone. */
class SimBindingError extends Error {
  readonly canceled: boolean;
  readonly disconnect: boolean;
  readonly disconnected: boolean;

  constructor(message: string, kind: 'canceled' | 'disconnected') {
    super(message);
    this.name = 'SimBindingError';
    this.canceled = kind === 'canceled';
    this.disconnect = kind === 'disconnected';
    this.disconnected = kind === 'disconnected';
  }
}

/** A node-serialport binding whose only port is a virtual board. */
export class SimBinding implements BindingInterface<SimPortBinding> {
  readonly #board: VirtualBoard;
  readonly #path: string;

  constructor(board: VirtualBoard, path: string) {
    this.#board = board;
    this.#path = path;
  }

  async list(): Promise<PortInfo[]> {
    if (!this.#board.isPlugged) return [];
    const nothing = { pnpId: undefined, locationId: undefined, productId: undefined, vendorId: undefined };
    const serialNumber = Buffer.from(this.#board.mac).toString('hex');
    return [{ path: this.#path, manufacturer: 'espwatch', serialNumber, ...nothing }];
  }

  /** Rejects with `PORT_MISSING` when the board is not plugged in, `PORT_BUSY` when it is open already. */
  async open(options: OpenOptions): Promise<SimPortBinding> {
    if (options.path !== this.#path) {
      throw new EspwatchError(
        'PORT_MISSING',
        `There is no port ${options.path}.`,
        `The virtual board is ${this.#path}.`,
      );
    }
    return new SimPortBinding(this.#board, options);
  }
}

interface PendingRead {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly length: number;
  readonly resolve: (result: { buffer: Buffer; bytesRead: number }) => void;
  readonly reject: (error: Error) => void;
}

/** The open port: opening raises DTR and RTS together and closing drops them, as Linux does (ESP8266.md 2.5). */
export class SimPortBinding implements BindingPortInterface {
  readonly openOptions: Required<OpenOptions>;
  readonly #port: BoardPort;
  #state: 'open' | 'closed' | 'gone' = 'open';
  #input: Uint8Array[] = [];
  #inputLength = 0;
  #read: PendingRead | null = null;
  #write: Promise<void> = Promise.resolve();
  #failWrite: ((error: Error) => void) | null = null;

  constructor(board: VirtualBoard, options: OpenOptions) {
    this.openOptions = {
      dataBits: 8,
      lock: true,
      stopBits: 1,
      parity: 'none',
      rtscts: false,
      xon: false,
      xoff: false,
      xany: false,
      hupcl: true,
      ...options,
    };
    this.#port = board.attach(options.baudRate, {
      onBytes: (bytes) => this.#receive(bytes),
      onUnplug: () => this.#fail('gone', new SimBindingError('The virtual board was unplugged.', 'disconnected')),
    });
    this.#port.setLines({ dtr: true, rts: true });
  }

  /** True also after an unplug, until it is closed: the descriptor is still there. */
  get isOpen(): boolean {
    return this.#state !== 'closed';
  }

  async close(): Promise<void> {
    this.#checkOpen();
    this.#port.detach();
    this.#fail('closed', new SimBindingError('Canceled', 'canceled'));
  }

  async read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }> {
    if (this.#state === 'closed') throw new SimBindingError('Port is not open', 'canceled');
    if (this.#inputLength > 0) return this.#take(buffer, offset, length);
    this.#checkPresent();
    return await new Promise((resolve, reject) => {
      this.#read = { buffer, offset, length, resolve, reject };
    });
  }

  async write(buffer: Buffer): Promise<void> {
    this.#checkOpen();
    this.#checkPresent();
    const failed = new Promise<never>((_resolve, reject) => {
      this.#failWrite = reject;
    });
    const write = Promise.race([this.#port.write(buffer), failed]).finally(() => {
      this.#failWrite = null;
    });
    this.#write = write.catch(() => undefined);
    await write;
  }

  async update(options: UpdateOptions): Promise<void> {
    this.#checkOpen();
    this.#checkPresent();
    this.#port.setBaud(options.baudRate);
  }

  /** Both lines in one step; what is not given gets the defaults of bindings-cpp, which assert it. */
  async set(options: SetOptions): Promise<void> {
    this.#checkOpen();
    this.#checkPresent();
    const { dtr = true, rts = true } = options;
    this.#port.setLines({ dtr, rts });
  }

  async get(): Promise<PortStatus> {
    this.#checkOpen();
    this.#checkPresent();
    return { cts: false, dsr: false, dcd: false };
  }

  async getBaudRate(): Promise<{ baudRate: number }> {
    this.#checkOpen();
    return { baudRate: this.#port.baud };
  }

  async flush(): Promise<void> {
    this.#checkOpen();
    this.#checkPresent();
    this.#input = [];
    this.#inputLength = 0;
    this.#port.discardOutput();
  }

  async drain(): Promise<void> {
    this.#checkOpen();
    await this.#write;
  }

  #receive(bytes: Uint8Array): void {
    if (this.#inputLength + bytes.length > INPUT_MAX) return;
    this.#input.push(bytes);
    this.#inputLength += bytes.length;
    const read = this.#read;
    if (read === null) return;
    this.#read = null;
    read.resolve(this.#take(read.buffer, read.offset, read.length));
  }

  #take(buffer: Buffer, offset: number, length: number): { buffer: Buffer; bytesRead: number } {
    let bytesRead = 0;
    for (let head = this.#input[0]; head !== undefined && bytesRead < length; head = this.#input[0]) {
      const part = head.subarray(0, length - bytesRead);
      buffer.set(part, offset + bytesRead);
      bytesRead += part.length;
      if (part.length === head.length) this.#input.shift();
      else this.#input[0] = head.subarray(part.length);
    }
    this.#inputLength -= bytesRead;
    return { buffer, bytesRead };
  }

  #fail(state: 'closed' | 'gone', error: Error): void {
    this.#state = state;
    const read = this.#read;
    this.#read = null;
    read?.reject(error);
    this.#failWrite?.(error);
  }

  #checkOpen(): void {
    if (this.#state === 'closed') throw new Error('Port is not open');
  }

  #checkPresent(): void {
    if (this.#state === 'gone') throw new SimBindingError('The virtual board was unplugged.', 'disconnected');
  }
}
