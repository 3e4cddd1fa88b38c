import { type Frame, frameOf } from './frame.js';

/**
 * Addresses echoed, functions, inlined ones too, C++ names as written. Not the pretty form: there a file name with
 * " at " in it could not be told from a function.
 */
export function addr2lineArgs(file: string): readonly string[] {
  return ['-a', '-f', '-i', '-C', '-e', file];
}

export function addr2lineInput(addresses: readonly number[]): string {
  return addresses.map((address) => `0x${address.toString(16)}\n`).join('');
}

const ADDRESS = /^0x([0-9a-f]{1,16})$/;
const PLACE = /^(.*):(\d+|\?)(?: \(discriminator \d+\))?$/;

/** What was said about each address: a line that echoes it, then pairs of lines, function and `file:line`. */
export function parseAddr2line(output: string): ReadonlyMap<number, readonly Frame[]> {
  const answers = new Map<number, readonly Frame[]>();
  const lines = output.split(/\r?\n/);
  for (let i = 0; i < lines.length; ) {
    const address = ADDRESS.exec(lines[i] ?? '')?.[1];
    i += 1;
    if (address === undefined) continue;
    const pairs: (readonly [name: string, place: string])[] = [];
    while (i + 1 < lines.length && !ADDRESS.test(lines[i] ?? '') && PLACE.test(lines[i + 1] ?? '')) {
      pairs.push([lines[i] ?? '', lines[i + 1] ?? '']);
      i += 2;
    }
    const frames = pairs.map(([name, place], n) => frame(name, place, n < pairs.length - 1)).filter((f) => f !== null);
    answers.set(Number.parseInt(address, 16), frames);
  }
  return answers;
}

function frame(name: string, place: string, inlined: boolean): Frame | null {
  if (name === '??' || name === '') return null;
  const [, file = '??', digits = '0'] = PLACE.exec(place) ?? [];
  const line = /^\d+$/.test(digits) ? Number(digits) : 0;
  return frameOf(name, file.startsWith('??') ? null : file, line === 0 ? null : line, inlined);
}
