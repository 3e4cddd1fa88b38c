import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { aborted, EspwatchError, messageOf } from '../errors.js';

export interface ToolRun {
  readonly code: number | null;
  readonly stdout: string;
  /** Both streams in the order in which they came. */
  readonly output: string;
}

export interface ToolOptions {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /** Each line as it comes. */
  readonly onLine?: (line: string) => void;
}

/** More than any compiler says; the rest is dropped. */
const MOST_BYTES = 8 << 20;

/** The first executable of this name on PATH, or null. */
export async function findOnPath(
  name: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): Promise<string | null> {
  const endings = platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    for (const ending of endings) {
      const path = join(folder, `${name}${ending}`);
      const found = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found) return path;
    }
  }
  return null;
}

/** Runs a tool to its end. Throws ABORTED, and BUILD_NO_TOOL when it cannot be started. */
export function runTool(path: string, args: readonly string[], options: ToolOptions): Promise<ToolRun> {
  const { signal, cwd, onLine } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(aborted('The build'));
      return;
    }
    const child = spawn(path, [...args], { cwd, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let output = '';
    let pending = '';
    const hear = (text: string): void => {
      if (output.length < MOST_BYTES) output += text;
      if (onLine === undefined) return;
      const lines = (pending + text).split(/\r?\n/);
      pending = (lines.pop() ?? '').slice(-4096);
      for (const line of lines) if (line.trim() !== '') onLine(line.trim());
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < MOST_BYTES) stdout += text;
      hear(text);
    });
    child.stderr.setEncoding('utf8').on('data', hear);
    child.on('error', (cause) => {
      if (signal.aborted) reject(aborted('The build'));
      else {
        reject(
          new EspwatchError('BUILD_NO_TOOL', `${path} can't be started: ${messageOf(cause)}.`, 'Install it again.', {
            cause,
          }),
        );
      }
    });
    child.on('close', (code) => {
      if (signal.aborted) reject(aborted('The build'));
      else resolve({ code, stdout, output });
    });
  });
}
