import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ESPWATCH } from '../support/boards.js';
import type { Planned } from './schedule.js';

/** What was really done to a board. */
export interface Injected extends Planned {
  /** Wall clock, ms since 1970: just before the command. */
  readonly began: number;
  /** Just after the answer to the last command. */
  readonly ended: number;
}

const BOOT = /^sim: reset: rst cause:/;
/** Another place than the one where `exception` fails. */
const ELSEWHERE = '0x40204c10';

/** `espwatch sim` as a process of its own, driven over its stdin. */
export class SoakBoard {
  readonly url: string;
  readonly mac: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #turn: Promise<unknown> = Promise.resolve();
  #boots = 0;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, url: string, mac: string) {
    this.#child = child;
    this.#lines = lines;
    this.url = url;
    this.mac = mac;
    if (child.stderr !== null) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        if (BOOT.test(line)) this.#boots += 1;
      });
    }
  }

  /** How often the board has started, by its own log. */
  get boots(): number {
    return this.#boots;
  }

  static async start(): Promise<SoakBoard> {
    const child = spawn(process.execPath, [ESPWATCH, 'sim'], {
      stdio: 'pipe',
      env: { ...process.env, ESPWATCH_DEBUG: '1' },
    });
    process.once('exit', () => child.kill('SIGKILL'));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done === true) throw new Error('espwatch sim did not start');
    const { url, mac } = JSON.parse(first.value) as { url: string; mac: string };
    return new SoakBoard(child, lines, url, mac);
  }

  /** Rejects when the board refuses. */
  send(command: string): Promise<Record<string, unknown>> {
    const answered = this.#turn.then(async () => {
      this.#child.stdin?.write(`${command}\n`);
      const { done, value } = await this.#lines.next();
      if (done === true) throw new Error(`the board ended at: ${command}`);
      const answer = JSON.parse(value) as { ok: boolean };
      if (!answer.ok) throw new Error(`${command}: ${value}`);
      return answer;
    });
    this.#turn = answered.catch(() => undefined);
    return answered;
  }

  async close(): Promise<void> {
    const exited = this.#child.exitCode === null ? once(this.#child, 'exit') : null;
    this.#child.kill('SIGINT');
    await exited;
  }
}

/** Does it, for as long as it lasts. */
export async function inject(
  board: SoakBoard,
  planned: Planned,
  pause: (ms: number) => Promise<void>,
): Promise<Injected> {
  const began = Date.now();
  const { fault, ms } = planned;
  const during = async (first: string, last: string): Promise<void> => {
    await board.send(first);
    await pause(ms);
    await board.send(last);
  };
  switch (fault) {
    case 'exception-elsewhere':
      await board.send(`exception ${ELSEWHERE}`);
      break;
    case 'hardware-watchdog':
      await board.send('watchdog hardware');
      break;
    case 'wifi-away':
      await during('wifi off', 'wifi on');
      break;
    case 'mute':
    case 'boot-loop':
      await during(`${fault} on`, `${fault} off`);
      break;
    case 'hang':
      await during('hang', 'reset');
      break;
    case 'unplug':
      await board.send(`unplug ${ms / 1000}`);
      await pause(ms);
      break;
    default:
      await board.send(fault);
  }
  return { ...planned, began, ended: Date.now() };
}
