import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EspwatchError, messageOf } from '../errors.js';
import type { FlashPart } from '../flash/plan.js';
import { parsePartArgument } from '../flash/plan.js';
import { PREBUILT_IMAGE } from './target.js';

/** The files that `IMAGE[@OFFSET]` arguments name. Throws IMAGE_MISSING, USAGE. */
export async function readParts(images: readonly string[]): Promise<FlashPart[]> {
  return Promise.all(
    images.map(async (argument) => {
      const { path, offset } = parsePartArgument(argument);
      try {
        return { name: basename(path), offset, bytes: await readFile(path) };
      } catch (error) {
        throw new EspwatchError(
          'IMAGE_MISSING',
          `The image ${path} can't be read: ${messageOf(error)}.`,
          'Check the path.',
          {
            cause: error,
          },
        );
      }
    }),
  );
}

/** The sketch for the virtual board. */
export function prebuiltPart(): Promise<FlashPart[]> {
  return readParts([fileURLToPath(PREBUILT_IMAGE)]);
}
