import { readFile } from 'node:fs/promises';
import { EspwatchError } from '../../errors.js';
import { createSimBoard, Rfc2217Server } from '../../sim/index.js';
import { EXIT } from '../exit.js';
import { parseHost } from '../network.js';
import type { Context } from '../program.js';
import { PREBUILT_IMAGE } from '../target.js';

export interface SimOptions {
  readonly rfc2217: string;
  readonly name?: string;
  readonly blank?: true;
  readonly fault: readonly string[];
  readonly untimed?: true;
}

/** `espwatch sim`: serves until Ctrl-C. stdout gets one JSON line when it is ready, for scripts. */
export async function sim({ output, signal }: Context, options: SimOptions): Promise<number> {
  const { address, port } = parseHost(options.rfc2217);
  if (port === null && !options.rfc2217.endsWith(':0')) {
    throw new EspwatchError('USAGE', '--rfc2217 takes HOST:PORT.', 'Such as 127.0.0.1:4000; port 0 takes any free one.');
  }
  const blank = options.blank === true || options.name !== undefined;
  const board = await createSimBoard(options.name ?? null, {
    image: blank ? null : await readFile(PREBUILT_IMAGE),
    faults: options.fault,
    timing: options.untimed === true ? 'none' : 'real',
  });
  try {
    const server = await Rfc2217Server.listen(board, { host: address, port: port ?? 0 });
    try {
      const url = `rfc2217://${address}:${server.port}`;
      process.stdout.write(`${JSON.stringify({ schema: 'espwatch.sim/1', url, mac: board.macText, flash: blank ? 'blank' : 'sketch' })}\n`);
      output.note(`A virtual ESP8266 is at ${url}; Ctrl-C ends it.`);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      return EXIT.ok;
    } finally {
      await server.close();
    }
  } finally {
    await board.dispose();
  }
}
