import { EventEmitter } from 'node:events';
import type {
  BindingInterface,
  BindingOpenOptions,
  BindingPortInfo,
  BindingPortInterface,
  PortStatus,
  SetOptions,
  UpdateOptions,
} from './bindings.js';

class Canceled extends Error {
  readonly canceled = true;
}

interface PendingRead {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly length: number;
  readonly resolve: (result: { buffer: Buffer; bytesRead: number }) => void;
  readonly reject: (error: Error) => void;
}

interface PendingWrite {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A serial device with the manners of bindings-cpp, and a hand to make it misbehave. Emits 'call' for every call. */
export class FakeDevice extends EventEmitter implements BindingInterface {
  /** Every call in order, as `open 115200`, `set dtr rts`, `set -`, `write 3`, `close` and so on. */
  readonly calls: string[] = [];
  readonly sets: SetOptions[] = [];
  openOptions: BindingOpenOptions | null = null;
  written = Buffer.alloc(0);
  port: FakePort | null = null;
  /** What the next open fails with. */
  openError: Error | null = null;
  setError: Error | null = null;
  updateError: Error | null = null;
  /** The device does not take bytes: writes stay pending. */
  stuck = false;
  /** Drains wait for `letDrain`. */
  holdDrain = false;
  /** A close never comes back. */
  hangClose = false;
  #drains: (() => void)[] = [];

  list(): Promise<BindingPortInfo[]> {
    return Promise.resolve([]);
  }

  async open(options: BindingOpenOptions): Promise<FakePort> {
    this.note(`open ${options.baudRate}`);
    await Promise.resolve();
    if (this.openError !== null) throw this.openError;
    if (this.port !== null) throw new Error('Error Resource temporarily unavailable Cannot lock port');
    this.openOptions = options;
    this.port = new FakePort(this, options);
    return this.port;
  }

  /** The board sends. */
  feed(text: string): void {
    this.port?.take(Buffer.from(text, 'latin1'));
  }

  /** The cable is pulled. */
  unplug(): void {
    this.port?.fail(new Error('EBADF: bad file descriptor'));
  }

  letDrain(): void {
    for (const done of this.#drains.splice(0)) done();
  }

  drained(): Promise<void> {
    if (!this.holdDrain) return Promise.resolve();
    return new Promise((resolve) => this.#drains.push(resolve));
  }

  note(call: string): void {
    this.calls.push(call);
    this.emit('call', call);
  }

  /** Resolves when the next call that starts with `name` is made. */
  called(name: string): Promise<void> {
    return new Promise((resolve) => {
      const listen = (call: string): void => {
        if (!call.startsWith(name)) return;
        this.off('call', listen);
        resolve();
      };
      this.on('call', listen);
    });
  }
}

export class FakePort implements BindingPortInterface {
  readonly openOptions: Required<BindingOpenOptions>;
  isOpen = true;
  readonly #device: FakeDevice;
  #waiting: Buffer[] = [];
  #read: PendingRead | null = null;
  #write: PendingWrite | null = null;
  #failure: Error | null = null;

  constructor(device: FakeDevice, options: BindingOpenOptions) {
    this.#device = device;
    this.openOptions = options as Required<BindingOpenOptions>;
  }

  async close(): Promise<void> {
    this.#mustBeOpen();
    this.#device.note('close');
    this.isOpen = false;
    this.#read?.reject(new Canceled('Canceled'));
    this.#write?.reject(new Canceled('Canceled'));
    if (this.#device.hangClose) await new Promise<never>(() => {});
    await Promise.resolve();
    this.#device.port = null;
  }

  read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }> {
    if (!this.isOpen) return Promise.reject(new Canceled('Port is not open'));
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#read = { buffer, offset, length, resolve, reject };
      this.#deliver();
    });
  }

  async write(buffer: Buffer): Promise<void> {
    this.#mustBeOpen();
    this.#device.note(`write ${buffer.length}`);
    if (this.#failure !== null) throw this.#failure;
    if (this.#device.stuck) {
      await new Promise<void>((resolve, reject) => {
        this.#write = { resolve, reject };
      });
    }
    this.#device.written = Buffer.concat([this.#device.written, buffer]);
  }

  async update({ baudRate }: UpdateOptions): Promise<void> {
    this.#mustBeOpen();
    this.#device.note(`update ${baudRate}`);
    await Promise.resolve();
    if (this.#device.updateError !== null) throw this.#device.updateError;
  }

  async set(options: SetOptions): Promise<void> {
    this.#mustBeOpen();
    const names = (['brk', 'cts', 'dtr', 'rts'] as const).filter((name) => options[name]);
    this.#device.note(`set ${names.join(' ') || '-'}`);
    this.#device.sets.push(options);
    await Promise.resolve();
    if (this.#device.setError !== null) throw this.#device.setError;
  }

  get(): Promise<PortStatus> {
    return Promise.resolve({ cts: false, dsr: false, dcd: false });
  }

  getBaudRate(): Promise<{ baudRate: number }> {
    return Promise.resolve({ baudRate: this.openOptions.baudRate });
  }

  async flush(): Promise<void> {
    this.#mustBeOpen();
    this.#device.note('flush');
    this.#waiting = [];
    await Promise.resolve();
  }

  async drain(): Promise<void> {
    this.#mustBeOpen();
    this.#device.note('drain');
    await this.#device.drained();
    if (this.#failure !== null) throw this.#failure;
  }

  take(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#deliver();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#read?.reject(error);
    this.#read = null;
    this.#write?.reject(error);
    this.#write = null;
  }

  #deliver(): void {
    const bytes = this.#waiting[0];
    if (this.#read === null || bytes === undefined) return;
    const { buffer, offset, length, resolve } = this.#read;
    const bytesRead = bytes.copy(buffer, offset, 0, length);
    this.#waiting.shift();
    if (bytesRead < bytes.length) this.#waiting.unshift(bytes.subarray(bytesRead));
    this.#read = null;
    resolve({ buffer, bytesRead });
  }

  #mustBeOpen(): void {
    if (!this.isOpen) throw new Error('Port is not open');
  }
}
