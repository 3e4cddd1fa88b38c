import { spawn } from 'node:child_process';
import { aborted, EspwatchError, messageOf } from '../errors.js';

export interface RunToolOptions {
  /** Given to stdin, which is closed then. */
  readonly input: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** More than addr2line has to say about thousands of addresses; beyond it the tool is not to be trusted. */
const MOST_BYTES = 32 << 20;
const WINDOWS = process.platform === 'win32';

/**
 * Runs a program to its end, without a shell, and gives its stdout. Whatever happens nothing of it is left running.
 * Throws SYMBOLS_TOOL when it can't be started, fails, or takes too long; ABORTED.
 */
export function runTool(path: string, args: readonly string[], options: RunToolOptions): Promise<string> {
  const { input, timeoutMs, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(aborted('Decoding'));
      return;
    }
    // A group of its own, so that all that it starts ends with it.
    const child = spawn(path, [...args], { stdio: 'pipe', detached: !WINDOWS, windowsHide: true });
    let failure: Error | null = null;
    const stop = (error: Error): void => {
      failure ??= error;
      endGroup(child.pid);
      child.kill('SIGKILL');
    };
    const onAbort = (): void => stop(aborted('Decoding'));
    signal.addEventListener('abort', onAbort);
    const timer = setTimeout(() => stop(failed(path, `did not end within ${timeoutMs / 1000} s`)), timeoutMs);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.length > MOST_BYTES) stop(failed(path, 'said more than there can be to say'));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(0, 4096);
    });
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      end();
    };
    child.on('error', (cause) =>
      settle(() => reject(failure ?? failed(path, `can't be started: ${messageOf(cause)}`, cause))),
    );
    child.on('close', (code) =>
      settle(() => {
        if (failure !== null) reject(failure);
        else if (code !== 0) reject(failed(path, `ended with code ${code}: ${lastLine(stderr)}`));
        else resolve(stdout);
      }),
    );
    // It may end before it has read everything: that shows in its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined || WINDOWS) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function failed(path: string, what: string, cause?: unknown): EspwatchError {
  return new EspwatchError('SYMBOLS_TOOL', `${path} ${what}.`, 'Install the toolchain again.', { cause });
}

function lastLine(text: string): string {
  const line = text.trim().split(/\r?\n/).at(-1)?.replace(/\.$/, '') ?? '';
  return line === '' ? 'it said nothing' : line.slice(0, 300);
}
