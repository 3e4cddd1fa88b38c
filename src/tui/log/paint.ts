import type { LogTone } from '../../session/log-store.js';
import type { Paint as Palette } from '../theme.js';
import type { Range } from './matcher.js';

export type LogStyle = LogTone | 'time' | 'found' | 'match' | 'title' | 'focused';

/** Opening and closing SGR parameters: of the 8 colours only, which every palette makes readable. */
const CODES: Record<LogStyle, readonly [open: string, close: string] | null> = {
  plain: null,
  rom: ['2', '22'],
  noise: ['2', '22'],
  dim: ['2', '22'],
  time: ['2', '22'],
  sent: ['36', '39'],
  cyan: ['36', '39'],
  green: ['32', '39'],
  yellow: ['33', '39'],
  red: ['31', '39'],
  found: ['7', '27'],
  match: ['1;7', '22;27'],
  title: ['2', '22'],
  focused: ['1', '22'],
};

/** Gives text a style, as far as the terminal has it. */
export type Paint = (style: LogStyle, text: string) => string;

const HUES: ReadonlySet<LogStyle> = new Set(['sent', 'cyan', 'green', 'yellow', 'red']);

export function paintFor(palette: Palette): Paint {
  return (style, text) => {
    const codes = CODES[style];
    if (codes === null || text === '' || palette === 'none' || (palette === 'mono' && HUES.has(style))) return text;
    return `\u001b[${codes[0]}m${text}\u001b[${codes[1]}m`;
  };
}

/** `text` in its tone, with the parts of `ranges` as found. `from`: where `text` begins in what the ranges count. */
export function paintFound(
  paint: Paint,
  tone: LogTone,
  text: string,
  from: number,
  ranges: readonly Range[],
  found: LogStyle,
): string {
  let out = '';
  let done = 0;
  for (const [start, end] of ranges) {
    const at = Math.max(done, start - from);
    const to = Math.min(text.length, end - from);
    if (to <= at) continue;
    out += paint(tone, text.slice(done, at)) + paint(found, text.slice(at, to));
    done = to;
  }
  return out + paint(tone, text.slice(done));
}
