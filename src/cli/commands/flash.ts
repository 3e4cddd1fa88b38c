import { EspwatchError } from '../../errors.js';
import { flashBoard } from '../../flash/flash.js';
import { BoardSession } from '../../session/session.js';
import { bytesText } from '../../units.js';
import { EXIT } from '../exit.js';
import { FlashProgressView } from '../flash-progress.js';
import { prebuiltPart, readParts } from '../images.js';
import { noteFlash } from '../known-firmware.js';
import type { Context, PortOptions } from '../program.js';
import { openTarget } from '../target.js';

export interface FlashCommandOptions extends PortOptions {
  readonly flashBaud: number;
  readonly images: readonly string[];
}

/** `espwatch flash`: write, verify, reset, prove. */
export async function flash({ output, signal }: Context, options: FlashCommandOptions): Promise<number> {
  const target = await openTarget(options, output);
  const session = new BoardSession({ link: target.link, appBaud: options.baud });
  try {
    const named = options.images.length > 0 || !target.virtual;
    const parts = named ? await readParts(options.images) : await prebuiltPart();
    if (parts.length === 0) {
      throw new EspwatchError(
        'USAGE',
        'No image was named.',
        'Give one, such as: espwatch flash sketch.ino.bin (the prebuilt image runs on the virtual board only).',
      );
    }
    const progress = new FlashProgressView(output);
    const report = await session.lease(() =>
      flashBoard(target.link, parts, {
        baud: options.flashBaud,
        appBaud: options.baud,
        signal,
        onProgress: (step) => progress.show(step),
        onChunk: (chunk) => session.ingest(chunk),
      }),
    );
    await noteFlash(report, parts, output);
    output.record({ type: 'result', schema: 'espwatch.flash/1', port: target.name, ...report });
    for (const part of report.parts) {
      const rate = part.ms > 0 ? ` (${bytesText((part.bytes / part.ms) * 1000)}/s)` : '';
      const time = `${(part.ms / 1000).toFixed(1)} s${rate}`;
      output.print(
        `${part.name} at 0x${part.offset.toString(16)}: ${bytesText(part.bytes)} in ${time}, MD5 ${part.md5} verified`,
      );
    }
    output.print(
      `${report.chip} ${report.mac}, ${report.flashSize >> 20} MB flash, written at ${report.baudUsed} baud`,
    );
    const proof = report.bootProof.how === 'rom-banner' ? 'the ROM booted from flash' : 'the application speaks';
    output.print(`${output.style('green', 'booted')}: ${proof}`);
    return EXIT.ok;
  } finally {
    await session.close();
    await target.dispose();
  }
}
