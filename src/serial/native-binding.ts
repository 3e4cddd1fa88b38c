import { read } from 'node:fs';
import { promisify } from 'node:util';
import type { DarwinPortBinding, LinuxPortBinding } from '@serialport/bindings-cpp';
import type { BindingInterface } from './bindings.js';

type UnixPort = LinuxPortBinding | DarwinPortBinding;

/** This machine's serial ports. Loads native code, so call it only when a real port is wanted. */
export async function nativeBinding(): Promise<BindingInterface> {
  const { SerialPort } = await import('serialport');
  const binding: BindingInterface = SerialPort.binding;
  if (process.platform === 'win32') return binding;
  return {
    list: () => binding.list(),
    open: async (options) => await failAtHangUp((await binding.open(options)) as UnixPort),
  };
}

/**
 * Makes reading fail when the terminal has hung up. Its reads give no bytes then (Linux: hung_up_tty_read), which
 * bindings-cpp 13 takes for "nothing yet" and repeats for ever, at full speed. A port that is merely quiet gives
 * EAGAIN instead.
 */
export async function failAtHangUp<P extends UnixPort>(port: P): Promise<P> {
  const { unixRead } = await import('@serialport/bindings-cpp/dist/unix-read.js');
  const readBytes = promisify(read);
  const fsReadAsync = (async (fd: number, into: Buffer, offset: number, length: number, position: null) => {
    const result = await readBytes(fd, into, offset, length, position);
    if (result.bytesRead === 0) throw Object.assign(new Error('ENXIO: the port has hung up'), { code: 'ENXIO' });
    return result;
  }) as typeof read.__promisify__;
  port.read = (buffer, offset, length) => unixRead({ binding: port, buffer, offset, length, fsReadAsync });
  return port;
}
