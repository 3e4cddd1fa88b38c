import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { BuildReport } from '../build/build.js';
import { isEspwatchError } from '../errors.js';
import type { FlashReport } from '../flash/flash.js';
import type { FlashPart } from '../flash/plan.js';
import { stateFolder } from '../state-folder.js';
import { rememberBuild, rememberFlash } from '../symbols/known-builds.js';
import type { Output } from './output.js';

/** Remembers which file has the symbols of this build's image: crashes are read with it later. */
export async function noteBuild({ artifacts }: BuildReport, output: Output): Promise<void> {
  const image = artifacts.find(({ kind }) => kind === 'bin');
  const symbols = artifacts.find(({ kind }) => kind !== 'bin');
  if (image === undefined || symbols === undefined) return;
  await noted(output, () =>
    rememberBuild(stateFolder(), {
      image: image.sha256,
      symbols: resolve(symbols.path),
      symbolsSha256: symbols.sha256,
    }),
  );
}

/** Remembers which image this board runs now. */
export async function noteFlash(report: FlashReport, parts: readonly FlashPart[], output: Output): Promise<void> {
  const firmware = parts.find(({ offset }) => offset === 0);
  const { mac } = report;
  if (firmware === undefined || mac === null) return;
  const image = createHash('sha256').update(firmware.bytes).digest('hex');
  await noted(output, () => rememberFlash(stateFolder(), { mac, image }));
}

/** What is built or flashed is so, whether or not it can be remembered. */
async function noted(output: Output, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isEspwatchError(error, 'SYMBOLS_STATE')) throw error;
    output.note(`${error.message} ${error.hint}`);
  }
}
