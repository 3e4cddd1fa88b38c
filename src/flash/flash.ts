import { type Clock, orAborted, realClock } from '../clock.js';
import { aborted, EspwatchError } from '../errors.js';
import type { Chunk, SerialLink } from '../serial/link.js';
import { askBoard, type BoardInfo, baudLadder, type OpenBoard, openBoard } from './board.js';
import { CONNECT_BAUD } from './connect.js';
import { ChipLoader, isTransient } from './loader.js';
import { checkFits, type FlashPart, type FlashPlan, planFlash } from './plan.js';
import { type BootProof, proveBoot } from './prove.js';
import { readRegion } from './read.js';
import { hardReset, type Wiring } from './reset.js';
import { FlashTransport } from './transport.js';
import { type EncodedPart, encodePart, verifyPart, writePart } from './write.js';

export type FlashPhase = 'connect' | 'stub' | 'write' | 'verify' | 'boot';

export interface FlashProgress {
  readonly phase: FlashPhase;
  /** Bytes of the parts that are written (`write`) or verified (`verify`). */
  readonly done: number;
  /** Bytes of all parts. */
  readonly total: number;
  /** Of the parts, since writing began; 0 before that. */
  readonly bytesPerSecond: number;
}

export interface LoaderOptions {
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
  /** Baud of the application's output (default 115200): what the link is left at. */
  readonly appBaud?: number | undefined;
}

export interface FlashOptions extends LoaderOptions {
  /** Baud to flash at (default 460800); 230400 and 115200 are tried when it does not hold. */
  readonly baud?: number | undefined;
  readonly onProgress?: ((progress: FlashProgress) => void) | undefined;
  /** Every byte that the board says from the last reset on, for the boot log. */
  readonly onChunk?: ((chunk: Chunk) => void) | undefined;
}

export interface PartReport {
  readonly name: string;
  readonly offset: number;
  /** Bytes of the part as given. */
  readonly bytes: number;
  /** Bytes that went over the wire. */
  readonly compressed: number;
  /** From the first byte of its first command to the answer to its last, in ms; of the try that succeeded. */
  readonly ms: number;
  /** Of the flash, verified: 32 hex digits over the part padded to 4 bytes with FF. */
  readonly md5: string;
}

export interface FlashReport extends BoardInfo {
  readonly baudUsed: number;
  readonly parts: readonly PartReport[];
  /** Sum of the parts' `ms`. */
  readonly wireMs: number;
  readonly bootProof: BootProof;
}

export const DEFAULT_FLASH_BAUD = 460_800;
/** How long giving the board back may take when something went wrong, in ms. */
const LEAVE_MS = 2000;

/**
 * Writes and verifies `parts`, restarts the board and proves that it left its loader.
 *
 * The link may be open or closed; it ends open at `appBaud` with both lines released, also after an error, unless
 * the port was lost. Nothing is written before every part was found sound, fitting and meant for this chip.
 * On an error or a cancelled signal (`ABORTED`) the board is hard-reset.
 */
export async function flashBoard(
  link: SerialLink,
  parts: readonly FlashPart[],
  options: FlashOptions = {},
): Promise<FlashReport> {
  const plan = planFlash(parts);
  const encoded = await Promise.all(plan.parts.map(({ name, offset, bytes }) => encodePart(name, offset, bytes)));
  return withLoader(link, options, async (loader, leaveAs) => {
    const job = new FlashJob(loader, plan, options, leaveAs);
    return job.run(encoded);
  });
}

/** Chip, MAC and flash size, asked of the ROM's loader; the board is restarted afterwards. The link as in `flashBoard`. */
export async function identifyChip(link: SerialLink, options: LoaderOptions = {}): Promise<BoardInfo> {
  return withLoader(link, options, async (loader, leaveAs) => {
    const { info, wiring } = await askBoard(loader);
    leaveAs(wiring);
    await leave(loader.transport, options, wiring);
    return info;
  });
}

/** A board whose flash can be read. */
export interface FlashReader {
  readonly info: BoardInfo;
  /** `length` bytes of flash from `offset` on, checked by digest. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Lets `work` read the flash as long as it runs; the board is restarted afterwards. The link as in `flashBoard`. */
export async function readFlash<T>(
  link: SerialLink,
  options: FlashOptions,
  work: (board: FlashReader) => Promise<T>,
): Promise<T> {
  return withLoader(link, options, async (loader, leaveAs) => {
    const board = await openBoard(loader, options.baud ?? DEFAULT_FLASH_BAUD, (phase) =>
      options.onProgress?.({ phase, done: 0, total: 0, bytesPerSecond: 0 }),
    );
    leaveAs(board.wiring);
    const result = await work({ info: board.info, read: (offset, length) => readRegion(loader, offset, length) });
    await leave(loader.transport, options, board.wiring);
    return result;
  });
}

/** One region by itself, as `readFlash`. */
export async function readFlashRegion(
  link: SerialLink,
  offset: number,
  length: number,
  options: FlashOptions = {},
): Promise<Uint8Array> {
  return readFlash(link, options, ({ read }) => read(offset, length));
}

/** Opens the link if need be, runs `work` with a loader on it, and gives the board back when that fails. */
async function withLoader<T>(
  link: SerialLink,
  options: LoaderOptions,
  work: (loader: ChipLoader, leaveAs: (wiring: Wiring) => void) => Promise<T>,
): Promise<T> {
  if (options.signal?.aborted) throw aborted('The work on the board');
  if (!link.isOpen) await orAborted(link.open({ baud: CONNECT_BAUD }), options.signal);
  const transport = new FlashTransport(link, { clock: options.clock ?? realClock, signal: options.signal });
  let wiring: Wiring = 'two-transistor';
  try {
    return await work(new ChipLoader(transport), (found) => {
      wiring = found;
    });
  } catch (error) {
    await leave(transport, options, wiring).catch(() => {});
    throw error;
  } finally {
    transport.dispose();
  }
}

/** Back to the application: its baud, a hard reset, both lines released; within 2 s even when the port hangs. */
async function leave(
  transport: FlashTransport,
  { appBaud = CONNECT_BAUD }: LoaderOptions,
  wiring: Wiring,
): Promise<void> {
  const { link, clock } = transport;
  if (!link.isOpen) return;
  const work = async (): Promise<void> => {
    // The rest of a block that was cut short would be typed input to the application.
    await link.discard().catch(() => {});
    await hardReset(link, clock, wiring);
    if (link.baud !== appBaud) await link.setBaud(appBaud);
  };
  await new Promise<void>((resolve, reject) => {
    const timer = clock.after(LEAVE_MS, resolve);
    work()
      .then(resolve, reject)
      .finally(() => timer.cancel());
  });
}

/** One flashing of one board: keeps what is written when the baud has to be lowered on the way. */
class FlashJob {
  readonly #loader: ChipLoader;
  readonly #plan: FlashPlan;
  readonly #options: FlashOptions;
  readonly #leaveAs: (wiring: Wiring) => void;
  readonly #reports = new Map<number, PartReport>();
  #done = 0;
  #writingSince: number | null = null;
  #bytesPerSecond = 0;

  constructor(loader: ChipLoader, plan: FlashPlan, options: FlashOptions, leaveAs: (wiring: Wiring) => void) {
    this.#loader = loader;
    this.#plan = plan;
    this.#options = options;
    this.#leaveAs = leaveAs;
  }

  async run(parts: readonly EncodedPart[]): Promise<FlashReport> {
    const board = await this.#writeAll(parts);
    this.#report('boot', this.#plan.bytes);
    const { appBaud = CONNECT_BAUD, onChunk } = this.#options;
    const bootProof = await proveBoot(this.#loader, { wiring: board.wiring, appBaud, onChunk });
    const reports = [...this.#reports.values()].sort((a, b) => a.offset - b.offset);
    const wireMs = reports.reduce((sum, { ms }) => sum + ms, 0);
    return { ...board.info, baudUsed: board.baud, parts: reports, wireMs, bootProof };
  }

  /** Writes and verifies; when the line fails, from a fresh reset at the next lower baud on with what is missing. */
  async #writeAll(parts: readonly EncodedPart[]): Promise<OpenBoard> {
    const ladder = baudLadder(this.#options.baud ?? DEFAULT_FLASH_BAUD);
    let wanted = ladder[0] ?? CONNECT_BAUD;
    for (;;) {
      const board = await this.#open(wanted);
      try {
        for (const part of parts) if (!this.#reports.has(part.offset)) await this.#write(part);
        await this.#verifyAll(parts);
        return board;
      } catch (error) {
        const lower = ladder.find((baud) => baud < board.baud);
        if (!isTransient(error) || lower === undefined) throw error;
        wanted = lower;
      }
    }
  }

  async #open(baud: number): Promise<OpenBoard> {
    const board = await openBoard(this.#loader, baud, (phase) => this.#report(phase, this.#done));
    this.#leaveAs(board.wiring);
    const stranger = this.#plan.forVirtualBoard;
    if (stranger !== null && !board.info.virtual) {
      throw new EspwatchError(
        'IMAGE_OTHER_BOARD',
        `${stranger.name} runs on the virtual board only, and this is a real ${board.info.chip}.`,
        'Flash the image that was built for the ESP8266.',
      );
    }
    checkFits(this.#plan, board.info.flashSize);
    return board;
  }

  async #write(part: EncodedPart): Promise<void> {
    const { clock } = this.#loader.transport;
    const before = this.#done;
    this.#writingSince ??= clock.now();
    const writingSince = this.#writingSince;
    this.#report('write', before);
    let startedAt = clock.now();
    try {
      await writePart(this.#loader, part, (flashBytes) => {
        if (flashBytes < 0) startedAt = clock.now();
        this.#done += flashBytes;
        this.#bytesPerSecond = Math.round((this.#done * 1000) / Math.max(1, clock.now() - writingSince));
        this.#report('write', this.#done);
      });
    } catch (error) {
      this.#done = before;
      throw error;
    }
    this.#reports.set(part.offset, {
      name: part.name,
      offset: part.offset,
      bytes: this.#plan.parts.find(({ offset }) => offset === part.offset)?.bytes.length ?? part.length,
      compressed: part.wireBytes,
      ms: clock.now() - startedAt,
      md5: part.md5,
    });
  }

  /** A part that reads back wrong is written once more; the second time it is an error. */
  async #verifyAll(parts: readonly EncodedPart[]): Promise<void> {
    let verified = 0;
    for (const part of parts) {
      this.#report('verify', verified);
      try {
        await verifyPart(this.#loader, part);
      } catch (error) {
        if (!(error instanceof EspwatchError) || error.code !== 'FLASH_VERIFY') throw error;
        this.#done -= part.length;
        await this.#write(part);
        await verifyPart(this.#loader, part);
      }
      verified += part.length;
    }
    this.#report('verify', this.#plan.bytes);
  }

  #report(phase: FlashPhase, done: number): void {
    const { bytes: total } = this.#plan;
    this.#options.onProgress?.({ phase, done: Math.min(done, total), total, bytesPerSecond: this.#bytesPerSecond });
  }
}

export type { BoardInfo } from './board.js';
export type { FlashPart, PlannedPart } from './plan.js';
export type { BootProof } from './prove.js';
export { hardReset } from './reset.js';
