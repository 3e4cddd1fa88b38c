import { read } from 'node:fs';
import type { BindingInterface, BindingPortInterface } from './bindings.js';

/** What the Linux and macOS bindings are made of. */
interface PolledPort extends BindingPortInterface {
  readonly fd: number | null;
  readonly poller: { once(event: 'readable', callback: (error: Error | null) => void): unknown };
}

/** The stream takes it as "nobody wants to read any more", not as a loss. */
class ReadCanceled extends Error {
  readonly canceled = true;
}

/**
 * A terminal whose device was unplugged reads as empty, at once and for ever. bindings-cpp 13.0.0 reads on (unix-read.js):
 * a cable pulled while the board talks keeps a core busy and is never reported. Here an empty read is the loss that it is.
 */
export function endAtHangUp(binding: BindingInterface): BindingInterface {
  return {
    list: () => binding.list(),
    async open(options) {
      const port = await binding.open(options);
      if (isPolled(port)) port.read = (buffer, offset, length) => readOnce(port, buffer, offset, length);
      return port;
    },
  };
}

async function readOnce(
  port: PolledPort,
  buffer: Buffer,
  offset: number,
  length: number,
): Promise<{ buffer: Buffer; bytesRead: number }> {
  for (;;) {
    if (!port.isOpen || port.fd === null) throw new ReadCanceled('The port is not open.');
    const bytesRead = await readNow(port.fd, buffer, offset, length);
    if (bytesRead === 0) throw new Error('EIO: the device hung up');
    if (bytesRead !== null) return { buffer, bytesRead };
    if (!port.isOpen) throw new ReadCanceled('The port is not open.');
    await new Promise<void>((resolve, reject) => {
      port.poller.once('readable', (error) => (error === null ? resolve() : reject(error)));
    });
  }
}

/** Bytes that were there, 0 at the end of everything, or null when there are none yet. */
function readNow(fd: number, buffer: Buffer, offset: number, length: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, offset, length, null, (error, bytesRead) => {
      if (error === null) resolve(bytesRead);
      else if (error.code === 'EAGAIN' || error.code === 'EINTR') resolve(null);
      else reject(error);
    });
  });
}

function isPolled(port: BindingPortInterface): port is PolledPort {
  return 'poller' in port && 'fd' in port;
}
