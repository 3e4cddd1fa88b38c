// Our serial and flash layers in a process of their own, so that the kernel terminal can be preloaded into it.
// Takes commands as JSON lines on stdin, answers on stdout; see test/support/remote-port.ts.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { isEspwatchError, messageOf } from '../../src/errors.js';
import { flashBoard } from '../../src/flash/flash.js';
import { nativeBinding } from '../../src/serial/native-binding.js';
import { PortLink } from '../../src/serial/port-link.js';
import type { Request } from '../support/remote-port.js';

const link = new PortLink({ path: process.argv[2] ?? '', binding: nativeBinding });

const say = (message: object): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};

link.onData(({ bytes, baud }) => say({ event: 'data', hex: Buffer.from(bytes).toString('hex'), baud }));
link.onLost((error) => say({ event: 'lost', code: error.code }));

async function perform(request: Request): Promise<unknown> {
  switch (request.op) {
    case 'open':
      return link.open({ baud: request.baud });
    case 'close':
      return link.close();
    case 'reopen':
      return link.reopen();
    case 'setBaud':
      return link.setBaud(request.baud);
    case 'setLines':
      return link.setLines({ dtr: request.dtr, rts: request.rts });
    case 'write':
      return link.write(Buffer.from(request.hex, 'hex'));
    case 'flash': {
      const bytes = await readFile(request.image);
      return flashBoard(link, [{ name: request.image, offset: 0, bytes }], {
        baud: request.baud,
        onProgress: ({ phase, done }) => say({ event: 'progress', phase, done }),
      });
    }
  }
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const request = JSON.parse(line) as Request;
    perform(request).then(
      (value) => say({ id: request.id, value: value ?? null }),
      (error: unknown) => {
        const known = isEspwatchError(error)
          ? { code: error.code, hint: error.hint }
          : { code: 'UNEXPECTED', hint: '' };
        say({ id: request.id, error: { ...known, message: messageOf(error) } });
      },
    );
  })
  .on('close', () => void link.close());
