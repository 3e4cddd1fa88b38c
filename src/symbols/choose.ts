import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { CrashReport } from '../board/events.js';
import { EspwatchError, isEspwatchError, messageOf } from '../errors.js';
import { judgeFit } from './judge.js';
import { buildOfBoard, type KnownBuild, recallFirmware } from './known-builds.js';
import { openSymbols, type Symbols } from './symbols.js';

/**
 * How it is known that these symbols are the ones: the image is made of them, the board was flashed with that image
 * last, or not at all.
 */
export type Standing = 'image' | 'board' | 'unproven';

export interface Chosen {
  readonly symbols: Symbols;
  readonly standing: Standing;
  /** One sentence. */
  readonly why: string;
}

export interface WantedSymbols {
  /** An ELF that was named. */
  readonly elf?: string;
  /** The .bin that was flashed. */
  readonly image?: string;
  /** Where builds are remembered. */
  readonly folder: string;
  readonly mac: string | null;
  readonly reports: readonly CrashReport[];
  readonly signal: AbortSignal;
}

/** Builds that are tried when nothing tells which is the right one. */
const GUESSES_MOST = 10;
const IMAGE_MOST = 16 << 20;

/**
 * The symbols to use: those that were named, else those of the image that was named, else those of what the board
 * was flashed with last, else of the newest build that every crash fits; null when there are none.
 * Throws SYMBOLS_*, IMAGE_*, USAGE, ABORTED.
 */
export async function chooseSymbols(wanted: WantedSymbols): Promise<Chosen | null> {
  const { elf, image, folder, mac, reports, signal } = wanted;
  const known = await recallFirmware(folder);
  const ofBoard = mac === null ? null : buildOfBoard(known, mac);
  const bytes = image === undefined ? null : await readImage(image, signal);
  if (elf !== undefined) {
    const symbols = await openSymbols(elf, signal);
    if (bytes !== null) return proven(symbols, image ?? '', bytes);
    if (ofBoard?.symbolsSha256 === symbols.sha256) return { symbols, standing: 'board', why: whyBoard(mac) };
    const other = ofBoard === null ? '' : ` Board ${mac} was last flashed with another build: ${ofBoard.symbols}.`;
    return { symbols, standing: 'unproven', why: `This file was not proven to be the firmware that crashed.${other}` };
  }
  if (bytes !== null) {
    const hash = createHash('sha256').update(bytes).digest('hex');
    const build = known.builds.findLast((entry) => entry.image === hash);
    if (build !== undefined) return proven(await unchanged(build, signal), image ?? '', bytes);
    throw new EspwatchError('USAGE', `No build is remembered that made ${image}.`, 'Give its ELF with --elf FILE.');
  }
  if (ofBoard !== null) return { symbols: await unchanged(ofBoard, signal), standing: 'board', why: whyBoard(mac) };
  return guess(known.builds.slice(-GUESSES_MOST).reverse(), reports, signal);
}

function whyBoard(mac: string | null): string {
  return `It belongs to the image that board ${mac} was flashed with last.`;
}

function proven(symbols: Symbols, name: string, image: Uint8Array): Chosen {
  if (symbols.code.fitsImage(image)) {
    return { symbols, standing: 'image', why: `${name} was made from it, byte for byte.` };
  }
  throw new EspwatchError(
    'SYMBOLS_MISMATCH',
    `${relative('', symbols.file)} is not the file that ${name} was made from.`,
    'Give the .elf of the same build as the .bin.',
  );
}

/** The newest of the remembered builds that every crash fits. */
async function guess(
  builds: readonly KnownBuild[],
  reports: readonly CrashReport[],
  signal: AbortSignal,
): Promise<Chosen | null> {
  for (const build of builds) {
    const symbols = await unchanged(build, signal).catch((error: unknown) => {
      if (isEspwatchError(error) && error.code.startsWith('SYMBOLS_')) return null;
      throw error;
    });
    if (symbols === null || !reports.every((report) => judgeFit(report, symbols).fit === 'fits')) continue;
    const why = 'This file was not proven to be the firmware that crashed: it is the newest build whose code fits.';
    return { symbols, standing: 'unproven', why };
  }
  return null;
}

/** The symbols of a remembered build, if the file still is what the build made. Throws SYMBOLS_*. */
async function unchanged(build: KnownBuild, signal: AbortSignal): Promise<Symbols> {
  const symbols = await openSymbols(build.symbols, signal);
  if (symbols.sha256 === build.symbolsSha256) return symbols;
  throw new EspwatchError(
    'SYMBOLS_MISMATCH',
    `${build.symbols} has changed since the image was built with it.`,
    'Give the ELF of the build that was flashed with --elf FILE.',
  );
}

async function readImage(path: string, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = await readFile(path, { signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new EspwatchError(
      'IMAGE_MISSING',
      `The image ${path} can't be read: ${messageOf(cause)}.`,
      'Check the path.',
      {
        cause,
      },
    );
  });
  if (bytes.length <= IMAGE_MOST) return bytes;
  throw new EspwatchError('IMAGE_TOO_LARGE', `${path} is larger than any flash.`, 'Give the .bin that was flashed.');
}
