import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import type { Clock, Timer } from '../clock.js';
import { EspwatchError, messageOf } from '../errors.js';
import type { FlashChip } from './flash-chip.js';

/** The file is written when the flash has been quiet this long, in ms. */
const QUIET_MS = 500;
/** A flash that is never quiet is written this often, in ms. */
const LATEST_MS = 5000;

/** Keeps a flash chip's content, as plain bytes, in a file that is always whole: written beside it, then renamed. */
export class FlashFile {
  readonly #path: string;
  readonly #chip: FlashChip;
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  #timer: Timer | null = null;
  #saving: Promise<void> = Promise.resolve();
  #dirty = false;
  #dirtySince = 0;

  /** Loads the file into the chip; a file that does not exist leaves the chip blank. */
  constructor(path: string, chip: FlashChip, clock: Clock, log: (line: string) => void) {
    this.#path = path;
    this.#chip = chip;
    this.#clock = clock;
    this.#log = log;
    const content = load(path);
    if (content !== null) {
      if (content.length > chip.size) {
        throw new EspwatchError(
          'SIM_STATE',
          `The flash file ${path} has ${content.length} bytes, but the board's flash has ${chip.size}.`,
          'Move the file away to start with a blank flash.',
        );
      }
      chip.preload(0, content);
    }
    chip.onChange(() => this.#later());
  }

  /** Writes what has changed; the file is up to date afterwards. */
  async dispose(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    this.#chip.onChange(() => undefined);
    await this.#saving;
    if (this.#dirty) this.saveNow();
  }

  /** For a process that is about to exit. */
  saveNow(): void {
    this.#dirty = false;
    const part = `${this.#path}.part`;
    try {
      writeFileSync(part, this.#chip.read(0, this.#chip.size));
      renameSync(part, this.#path);
    } catch (cause) {
      throw new EspwatchError(
        'SIM_STATE',
        `The flash file ${this.#path} could not be written: ${messageOf(cause)}.`,
        'Check the free space and the permissions of its folder.',
        { cause },
      );
    }
  }

  #later(): void {
    const now = this.#clock.now();
    if (!this.#dirty) this.#dirtySince = now;
    this.#dirty = true;
    this.#timer?.cancel();
    const delay = Math.min(QUIET_MS, Math.max(0, this.#dirtySince + LATEST_MS - now));
    this.#timer = this.#clock.after(delay, () => {
      this.#timer = null;
      this.#saving = this.#saving.then(() => this.#save());
    });
  }

  async #save(): Promise<void> {
    this.#dirty = false;
    const part = `${this.#path}.part`;
    try {
      await writeFile(part, this.#chip.read(0, this.#chip.size));
      await rename(part, this.#path);
    } catch (error) {
      this.#dirty = true;
      this.#log(`flash file: ${messageOf(error)}`);
    }
  }
}

function load(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new EspwatchError(
      'SIM_STATE',
      `The flash file ${path} could not be read: ${messageOf(cause)}.`,
      'Check its permissions, or move it away to start with a blank flash.',
      { cause },
    );
  }
}
