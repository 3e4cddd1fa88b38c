import { untilAborted } from '../../clock.js';
import { EspwatchError } from '../../errors.js';
import { BoardController } from '../../sim/controller.js';
import { FAULT_KINDS, Rfc2217Server } from '../../sim/index.js';
import { EXIT } from '../exit.js';
import { parseHost } from '../network.js';
import { table } from '../output.js';
import type { Context } from '../program.js';
import { answer, readCommands } from '../sim-control.js';
import { startSim } from '../target.js';

export interface SimOptions {
  readonly rfc2217: string;
  readonly name?: string;
  readonly blank?: true;
  readonly fault: readonly string[];
  readonly untimed?: true;
  /** Commands are also taken from a terminal; from a pipe they are anyway. */
  readonly control?: true;
}

/**
 * `espwatch sim`: serves until Ctrl-C. stdout gets one JSON line when it is ready, and one for each command on stdin,
 * for scripts.
 */
export async function sim({ output, signal }: Context, options: SimOptions): Promise<number> {
  if (options.fault.includes('help')) {
    output.result(FAULT_KINDS.map(({ usage, help }) => ({ usage, help })));
    for (const line of table(FAULT_KINDS.map(({ usage, help }) => [usage, help]))) output.print(line);
    return EXIT.ok;
  }
  const { address, port } = listenAddress(options.rfc2217);
  const blank = options.blank === true || options.name !== undefined;
  const controller = new BoardController();
  const { board, dispose } = await startSim(
    {
      name: options.name ?? null,
      blank,
      faults: options.fault,
      timing: options.untimed === true ? 'none' : 'real',
      control: controller.fault,
    },
    output,
  );
  try {
    const server = await Rfc2217Server.listen(board, { host: address, port });
    try {
      const url = `rfc2217://${address.includes(':') ? `[${address}]` : address}:${server.port}`;
      const mac = [...board.mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
      output.ready({ schema: 'espwatch.sim/1', url, mac });
      // A job in the background that reads from its terminal is stopped by it.
      const takes = options.control === true || process.stdin.isTTY !== true;
      const hint = takes
        ? '"help" on stdin lists what can be done to it'
        : '--control takes faults as lines typed here';
      output.note(`A virtual ESP8266 is at ${url}; Ctrl-C ends it, ${hint}.`);
      const closeInput = takes
        ? readCommands(process.stdin, (line) => output.ready(answer(line, board, controller)))
        : () => undefined;
      await untilAborted(signal);
      closeInput();
      return EXIT.ok;
    } finally {
      controller.dispose();
      await server.close();
    }
  } finally {
    await dispose();
  }
}

function listenAddress(text: string): { address: string; port: number } {
  const free = /^(.+):0$/.exec(text)?.[1];
  const place = parseHost(free ?? text);
  if (place === null || (free === undefined && place.port === null)) {
    throw new EspwatchError(
      'USAGE',
      '--rfc2217 takes HOST:PORT.',
      'Such as 127.0.0.1:4000; port 0 takes any free one.',
    );
  }
  return { address: place.address, port: place.port ?? 0 };
}
