import { printable } from '../printable.js';

/** One function at an address. Where functions were inlined an address has several, the innermost first. */
export interface Frame {
  /** As C++ writes it where that is known; printable. */
  readonly function: string;
  /** As the compiler was given it; null when there is no debug information. */
  readonly file: string | null;
  readonly line: number | null;
  /** True when it was inlined into the frame that follows. */
  readonly inlined: boolean;
}

const NAME_MOST = 400;

export function frameOf(name: string, file: string | null, line: number | null, inlined: boolean): Frame {
  return {
    function: printable(name, NAME_MOST),
    file: file === null ? null : printable(file, NAME_MOST),
    line,
    inlined,
  };
}

/** `inner(int*) at a.c:4`; the file without its folders. */
export function frameText({ function: name, file, line }: Frame): string {
  const called = name.includes('(') ? name : `${name}()`;
  if (file === null) return called;
  return `${called} at ${file.split(/[\\/]/).at(-1)}${line === null ? '' : `:${line}`}`;
}
