import { printable } from '../printable.js';
import type { Line } from '../serial/monitor-lines.js';
import { ROM_BAUD } from './follow.js';

/** A line as it is shown: `rom` came at the ROM's speed, `noise` is no text. */
export interface LineText {
  /** Printable: nothing a terminal would obey. */
  readonly text: string;
  readonly tone: 'plain' | 'rom' | 'noise';
}

const decoder = new TextDecoder();

/** What a line says, for every view. */
export function lineText({ bytes, baud }: Line): LineText {
  const text = decoder.decode(bytes).replace(/\r$/, '');
  if (isNoise(text)) return { text: noiseText(bytes), tone: 'noise' };
  return { text: printable(text), tone: baud === ROM_BAUD ? 'rom' : 'plain' };
}

/** More than a quarter is zeros or no UTF-8: most likely it was sent at another speed. */
function isNoise(text: string): boolean {
  const strange = text.match(/[\ufffd\0]/g)?.length ?? 0;
  return strange * 4 > text.length;
}

const NOISE_SHOWN = 16;

function noiseText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(0, NOISE_SHOWN))
    .toString('hex')
    .replace(/..(?=.)/g, '$& ');
  return `(${bytes.length} bytes that are no text, perhaps sent at another speed: ${hex}${bytes.length > NOISE_SHOWN ? ' …' : ''})`;
}
