import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EspwatchError, messageOf } from '../errors.js';

/** An image and the file with its symbols, as one build made them. Hashes are SHA-256 of the files, in hex. */
export interface KnownBuild {
  readonly image: string;
  /** Absolute path of the `.elf`, or of the `.wasm` for the virtual board. */
  readonly symbols: string;
  readonly symbolsSha256: string;
}

/** The image that a board was flashed with last. */
export interface KnownBoard {
  /** Lower case with colons. */
  readonly mac: string;
  readonly image: string;
}

export interface KnownFirmware {
  /** The newest last. */
  readonly builds: readonly KnownBuild[];
  readonly boards: readonly KnownBoard[];
}

const FILE = 'firmware.json';
const SCHEMA = 1;
const BUILDS_MOST = 100;
const BOARDS_MOST = 1000;
const NOTHING: KnownFirmware = { builds: [], boards: [] };

/** What is remembered in the state folder; nothing when there is no file, or none that can be read as one. */
export async function recallFirmware(folder: string): Promise<KnownFirmware> {
  const text = await readFile(join(folder, FILE), 'utf8').catch(() => null);
  if (text === null) return NOTHING;
  try {
    const { schema, builds, boards } = JSON.parse(text) as Record<string, unknown>;
    if (schema !== SCHEMA) return NOTHING;
    return {
      builds: entries<KnownBuild>(builds, ['image', 'symbols', 'symbolsSha256']),
      boards: entries<KnownBoard>(boards, ['mac', 'image']),
    };
  } catch {
    return NOTHING;
  }
}

/** Remembers which file has the symbols of an image. Throws SYMBOLS_STATE. */
export async function rememberBuild(folder: string, build: KnownBuild): Promise<void> {
  const { builds, boards } = await recallFirmware(folder);
  const others = builds.filter(({ image }) => image !== build.image);
  await save(folder, { builds: [...others, build].slice(-BUILDS_MOST), boards });
}

/** Remembers which image a board runs. Throws SYMBOLS_STATE. */
export async function rememberFlash(folder: string, board: KnownBoard): Promise<void> {
  const { builds, boards } = await recallFirmware(folder);
  const mac = board.mac.toLowerCase();
  const others = boards.filter((known) => known.mac !== mac);
  await save(folder, { builds, boards: [...others, { ...board, mac }].slice(-BOARDS_MOST) });
}

/** The build whose image the board was flashed with last, by what is remembered. */
export function buildOfBoard({ builds, boards }: KnownFirmware, mac: string): KnownBuild | null {
  const image = boards.findLast((board) => board.mac === mac.toLowerCase())?.image;
  return image === undefined ? null : (builds.findLast((build) => build.image === image) ?? null);
}

/** The file is always whole: written beside it, then renamed. Two writers at once: the later one's entry stays. */
async function save(folder: string, known: KnownFirmware): Promise<void> {
  const path = join(folder, FILE);
  const part = `${path}.${process.pid}.part`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(part, `${JSON.stringify({ schema: SCHEMA, ...known }, null, 1)}\n`);
    await rename(part, path);
  } catch (cause) {
    throw new EspwatchError(
      'SYMBOLS_STATE',
      `What was built and flashed can't be remembered in ${folder}: ${messageOf(cause)}.`,
      'Set XDG_STATE_HOME to a folder that can be written; decode then finds symbols by itself.',
      { cause },
    );
  }
}

function entries<T>(value: unknown, fields: readonly (keyof T & string)[]): readonly T[] {
  if (!Array.isArray(value)) return [];
  return value.filter((entry): entry is T => {
    if (typeof entry !== 'object' || entry === null) return false;
    return fields.every((field) => typeof (entry as Record<string, unknown>)[field] === 'string');
  });
}
