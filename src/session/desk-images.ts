import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { EspwatchError } from '../errors.js';
import { describeImage } from '../flash/image.js';
import { type FlashPart, parsePartArgument, planFlash } from '../flash/plan.js';
import { printable } from '../printable.js';
import { fromHome } from './desk-files.js';
import { problemOf } from './desk-problem.js';
import type { DeskPort, ImageChoice, ImageFacts } from './desk-types.js';
import { type DeskWorld, PREBUILT } from './desk-world.js';

const RECENT = 8;
const REAL: ReadonlySet<DeskPort['kind'] | null> = new Set(['usb', 'other']);

/** What can be flashed: the sketch that is shipped, and what was flashed before. */
export class BoardImages {
  readonly #world: DeskWorld;
  #saving: Promise<void> = Promise.resolve();

  constructor(world: DeskWorld) {
    this.#world = world;
  }

  /** For a board on this kind of port; `null` = whatever it is. */
  async list(kind: DeskPort['kind'] | null): Promise<readonly ImageChoice[]> {
    const recent = (await this.#recent()).map((id): ImageChoice => ({ id, label: labelOf(id), group: 'recent' }));
    if (REAL.has(kind)) return recent;
    return [{ id: PREBUILT, label: 'prebuilt sketch (virtual board only)', group: 'prebuilt' }, ...recent];
  }

  async inspect(image: string, kind: DeskPort['kind'] | null, t: number): Promise<ImageFacts> {
    try {
      const plan = planFlash(await this.read(image));
      const virtual = plan.forVirtualBoard !== null;
      const lines = plan.parts.map(
        ({ name, offset, info }) => `${name} at 0x${offset.toString(16)}: ${describeImage(info)}`,
      );
      if (virtual) lines.push('It runs on the virtual board only: a real chip refuses it.');
      const problem =
        virtual && REAL.has(kind)
          ? problemOf(
              new EspwatchError(
                'IMAGE_OTHER_BOARD',
                'This image runs on the virtual board only, and the board is a real one.',
                'Flash the image that was built for the ESP8266.',
              ),
              t,
            )
          : null;
      return { lines: lines.map((line) => printable(line, 500)), bytes: plan.bytes, problem };
    } catch (error) {
      return { lines: [], bytes: 0, problem: problemOf(error, t) };
    }
  }

  read(image: string): Promise<readonly FlashPart[]> {
    return this.#world.readImage(image === PREBUILT ? image : idOf(image));
  }

  /** Puts an image first in the list of those flashed before. A list that can't be kept is no failure. */
  remember(image: string): Promise<void> {
    const file = this.#world.recentImages;
    if (image === PREBUILT || file === null) return Promise.resolve();
    this.#saving = this.#saving.then(async () => {
      const id = idOf(image);
      const images = [id, ...(await this.#recent()).filter((other) => other !== id)].slice(0, RECENT);
      await save(file, `${JSON.stringify({ images }, null, 2)}\n`);
    });
    return this.#saving;
  }

  /** A list that is damaged is as good as none. */
  async #recent(): Promise<readonly string[]> {
    const { recentImages } = this.#world;
    if (recentImages === null) return [];
    try {
      const list: unknown = JSON.parse(await readFile(recentImages, 'utf8'));
      const images = typeof list === 'object' && list !== null && 'images' in list ? list.images : null;
      if (!Array.isArray(images)) return [];
      return images.filter((id): id is string => typeof id === 'string' && id !== '').slice(0, RECENT);
    } catch {
      return [];
    }
  }
}

/** The same wherever espwatch is started. */
function idOf(image: string): string {
  const { path } = parsePartArgument(image);
  return `${fromHome(path)}${image.slice(path.length)}`;
}

function labelOf(id: string): string {
  return printable(`${basename(id)}  ${dirname(id)}`, 300);
}

async function save(file: string, text: string): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(part, text);
    await rename(part, file);
  } catch {
    await rm(part, { force: true }).catch(() => undefined);
  }
}
