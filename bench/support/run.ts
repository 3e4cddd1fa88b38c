import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Line {
  /** Milliseconds after the start of the program. */
  readonly t: number;
  readonly text: string;
}

export interface Finished {
  readonly lines: readonly Line[];
  /** From start to exit. */
  readonly ms: number;
}

/** Runs a program to its end and notes when each of its lines came. Rejects when it fails, with what it said. */
export function runTimed(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(path, [...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Python keeps what it prints to a pipe until it has 8 KB of it.
      env: { ...process.env, PYTHONUNBUFFERED: '1', ...env },
    });
    const lines: Line[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (text) => lines.push({ t: performance.now() - startedAt, text }));
    }
    let ms = 0;
    child.on('error', reject);
    child.on('exit', () => {
      ms = performance.now() - startedAt;
    });
    child.on('close', (code) => {
      if (code === 0) resolve({ lines, ms });
      else {
        const said = lines.slice(-15).map(({ text }) => text);
        reject(new Error(`${path} ${args.join(' ')} ended with ${code}:\n${said.join('\n')}`));
      }
    });
  });
}
