import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EspwatchError, messageOf } from '../errors.js';

/** Espressif's first OUI, which needs no eFuse word of its own (ESP8266.md 5.2). */
const OUI = [0x18, 0xfe, 0x34] as const;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The same name always gives the same board. */
export function macOfName(name: string): Uint8Array {
  const digest = createHash('sha256').update(name).digest();
  return Uint8Array.of(...OUI, ...digest.subarray(0, 3));
}

export function macWithTail(tail: Uint8Array): Uint8Array {
  return Uint8Array.of(...OUI, ...tail.subarray(0, 3));
}

/** Throws `PORT_BAD_NAME` for a name that could leave the folder or be hard to type. */
export function checkName(name: string): void {
  if (NAME.test(name) && !name.includes('..')) return;
  throw new EspwatchError(
    'PORT_BAD_NAME',
    `"${name}" cannot be the name of a virtual board.`,
    'Use up to 64 letters, digits, dots, dashes and underscores, beginning with a letter or digit.',
  );
}

/** The flash file of one name, held by this process until `release`. */
export interface HeldState {
  readonly flashFile: string;
  release(): void;
}

/** Takes the name's flash file; throws `PORT_BUSY` while another process holds it, `SIM_STATE` when the folder fails. */
export function holdState(folder: string, name: string): HeldState {
  checkName(name);
  const lock = join(folder, `${name}.lock`);
  try {
    mkdirSync(folder, { recursive: true });
    takeLock(lock, name);
  } catch (cause) {
    if (cause instanceof EspwatchError) throw cause;
    throw new EspwatchError(
      'SIM_STATE',
      `The state of the virtual board "${name}" cannot be kept in ${folder}: ${messageOf(cause)}.`,
      'Set XDG_STATE_HOME to a folder that can be written.',
      { cause },
    );
  }
  return { flashFile: join(folder, `${name}.bin`), release: () => rmSync(lock, { force: true }) };
}

function takeLock(lock: string, name: string): void {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(lock, `${process.pid}\n`, { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(lock);
    if (holder !== null && isAlive(holder)) throw busy(name, holder);
    // Its process died without letting go.
    rmSync(lock, { force: true });
  }
  throw busy(name, null);
}

function busy(name: string, holder: number | null): EspwatchError {
  const who = holder === null ? 'another process' : holder === process.pid ? 'this process' : `process ${holder}`;
  return new EspwatchError(
    'PORT_BUSY',
    `The virtual board "${name}" is in use by ${who}.`,
    'End that process, or use another name.',
  );
}

function readHolder(lock: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(lock, 'utf8'), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
