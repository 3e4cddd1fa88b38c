import { type Clock, realClock } from '../clock.js';
import { EspwatchError, isEspwatchError, messageOf } from '../errors.js';
import type { CapturedBytes, CapturedStep } from './capture-record.js';
import type { Damage } from './damage.js';
import { type Disk, isFull, realDisk, systemCode, writeWhole } from './disk.js';
import type { JournalEntry } from './entry.js';
import { FolderWriter } from './folder-writer.js';
import { type Lock, takeLock } from './lock.js';
import { RESERVE_FILE, RUN_COPY, RUN_FILE, type Series, segmentsIn } from './names.js';
import { type ProcessFacts, realProcesses } from './process-facts.js';
import { readRun, recover } from './recover.js';
import { Reserve } from './reserve.js';
import type { StorageStatus } from './storage-state.js';

const MIB = 1024 * 1024;

export interface RunFolderOptions {
  readonly clock?: Clock;
  readonly disk?: Disk;
  readonly processes?: ProcessFacts;
  /** A segment that has reached this size is complete: it is compressed, and a new one begun. Default 16 MiB. */
  readonly captureSegmentBytes?: number;
  /** Default 8 MiB. */
  readonly eventSegmentBytes?: number;
  /** What may wait for the disk, for each board and for the journal; as much again may be under way. Default 1 MiB. */
  readonly bufferBytes?: number;
  /** Room kept back for the journal. Default 1 MiB. */
  readonly reserveBytes?: number;
}

/** The capture of one board. */
export interface BoardCapture {
  /**
   * Keeps what came; the bytes are copied. False when half of the buffer is full: a source that can wait awaits
   * `drained()` then, a port can't. What finds the buffer full is dropped, counted and told through `onStatus`.
   */
  add(chunk: CapturedBytes): boolean;
  step(step: CapturedStep): void;
}

/**
 * The folder of a run: `run.json`, the captures of the boards and the journal, only ever appended to.
 *
 * A process that is killed loses at most what came in its last 250 ms, as long as the disk is not slower than 100 ms;
 * a power cut at most the last 2 s and the time that the disk takes for a sync. Whatever the disk does, nothing here
 * throws into the watching: captures are given up first, then (when the reserve is used up, too) the journal.
 */
export class RunFolder {
  readonly path: string;
  readonly #writer: FolderWriter;
  readonly #lock: Lock;

  private constructor(path: string, writer: FolderWriter, lock: Lock) {
    this.path = path;
    this.#writer = writer;
    this.#lock = lock;
  }

  /**
   * A new run in `path`, which is made where it is missing. `run` is any JSON value; secrets in it are kept as they are.
   * Rejects with JOURNAL_EXISTS when the folder holds a run, JOURNAL_BUSY when another process is writing it, and
   * JOURNAL_WRITE when the disk refuses.
   */
  static async create(path: string, run: unknown, options: RunFolderOptions = {}): Promise<RunFolder> {
    const disk = options.disk ?? realDisk;
    return begun(path, async () => {
      await disk.makeFolder(path);
      return locked(path, options, async (lock) => {
        if (holdsRun(await disk.list(path))) throw exists(path);
        const reserve = reserveOf(path, options);
        try {
          await reserve.take();
          const text = Buffer.from(`${JSON.stringify(run, null, 2)}\n`);
          await writeWhole(disk, path, RUN_COPY, text);
          await writeWhole(disk, path, RUN_FILE, text);
        } catch (error) {
          await reserve.release();
          throw error;
        }
        return new RunFolder(path, writerOf(path, options, reserve, new Map()), lock);
      });
    });
  }

  /**
   * Goes on with the run in `path`, however it ended. Nothing that can be read is changed, and new segments are begun.
   * `run` is null when `run.json` can't be read. Rejects with JOURNAL_MISSING when there is no run, JOURNAL_BUSY when
   * another process is writing it, and JOURNAL_WRITE when not even a lock can be written.
   */
  static async resume(
    path: string,
    options: RunFolderOptions = {},
  ): Promise<{ folder: RunFolder; run: unknown; damage: readonly Damage[] }> {
    const disk = options.disk ?? realDisk;
    return begun(path, async () => {
      const names = await disk.list(path).catch((error: unknown) => {
        throw systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR' ? missing(path) : error;
      });
      if (!holdsRun(names)) throw missing(path);
      const resumed = () =>
        locked(path, options, async (lock) => {
          const found = await recover(disk, path);
          const { run, damage } = await readRun(path);
          const reserve = reserveOf(path, options);
          const full = await reserve.take().then(
            () => null,
            (error: unknown) => error,
          );
          const writer = writerOf(path, options, reserve, found.next);
          if (full !== null) writer.startDegraded(full);
          writer.compress(found.uncompressed);
          return { folder: new RunFolder(path, writer, lock), run, damage: [...damage, ...found.damage] };
        });
      return resumed().catch(async (error: unknown) => {
        // No room for the lock: that of the reserve, which the process before may have left.
        if (!isFull(error)) throw error;
        await disk.remove(`${path}/${RESERVE_FILE}`).catch(() => {});
        return resumed();
      });
    });
  }

  /**
   * Adds an entry to the journal. `urgent`: handed to the system now and not with the next round; for incidents.
   * False when half of the buffer is full: a source that can wait awaits `drained()` then.
   */
  append(entry: JournalEntry, options: { readonly urgent?: boolean } = {}): boolean {
    return this.#writer.append(entry, options.urgent ?? false);
  }

  /** @param board its place in the list of boards, from 0. */
  capture(board: number): BoardCapture {
    return {
      add: (chunk) => this.#writer.add(board, chunk),
      step: (step) => this.#writer.step(board, step),
    };
  }

  /**
   * Told when the disk does not take everything any more, again (at most once a minute) while bytes are being lost,
   * and when it takes everything again; at once when it is in trouble already.
   */
  onStatus(listener: (status: StorageStatus) => void): () => void {
    return this.#writer.onStatus(listener);
  }

  /** Bytes of captures that were dropped since this process began; after `close` also what waited in vain. */
  get lostBytes(): number {
    return this.#writer.lostBytes;
  }

  /** Resolves when what came before has been handed to the system, or the disk refused it. Never rejects. */
  drained(): Promise<void> {
    return this.#writer.drained();
  }

  /** As `drained`; what was handed over would survive a power cut then. Never rejects. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Writes what waits, ends the compression and gives the folder free. Never rejects; safe to call twice. */
  async close(): Promise<void> {
    await this.#writer.close();
    await this.#lock.release();
  }
}

function writerOf(
  folder: string,
  options: RunFolderOptions,
  reserve: Reserve,
  next: ReadonlyMap<Series, number>,
): FolderWriter {
  return new FolderWriter({
    folder,
    reserve,
    next,
    disk: options.disk ?? realDisk,
    clock: options.clock ?? realClock,
    captureSegmentBytes: options.captureSegmentBytes ?? 16 * MIB,
    eventSegmentBytes: options.eventSegmentBytes ?? 8 * MIB,
    bufferBytes: options.bufferBytes ?? MIB,
  });
}

function reserveOf(folder: string, options: RunFolderOptions): Reserve {
  return new Reserve(options.disk ?? realDisk, folder, options.reserveBytes ?? MIB);
}

function holdsRun(names: readonly string[]): boolean {
  return names.includes(RUN_FILE) || names.includes(RUN_COPY) || segmentsIn(names).size > 0;
}

/** `work` with the folder's lock, which is given back when `work` fails. */
async function locked<T>(path: string, options: RunFolderOptions, work: (lock: Lock) => Promise<T>): Promise<T> {
  const lock = await takeLock(path, options.processes ?? realProcesses);
  try {
    return await work(lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function begun<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isEspwatchError(error)) throw error;
    throw new EspwatchError(
      'JOURNAL_WRITE',
      `The folder ${path} can't be written: ${messageOf(error)}.`,
      isFull(error) ? 'Make room on that disk, or name a folder elsewhere.' : 'Name a folder that you may write to.',
      { cause: error },
    );
  }
}

function exists(path: string): EspwatchError {
  return new EspwatchError(
    'JOURNAL_EXISTS',
    `The folder ${path} holds a run already.`,
    'Resume that run, or name another folder.',
  );
}

function missing(path: string): EspwatchError {
  return new EspwatchError('JOURNAL_MISSING', `There is no run in ${path}.`, 'Name the folder of a run.');
}
