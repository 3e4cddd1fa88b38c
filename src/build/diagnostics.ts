/** One thing that the compiler or linker said. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** As the project has it (`firmware/board.h`), or as it was printed for a file of the core; null for the linker. */
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
}

const COMPILER = /^(.+?):(\d+):(?:(\d+):)?\s*(?:fatal\s+)?(error|warning):\s*(.+)$/;
/** `section ... will not fit`, `region ... overflowed`, `undefined reference to`, and what ends a failed link. */
const LINKER = /(will not fit in region|overflowed by \d+ bytes|undefined reference to|multiple definition of)/;
const LINKED_AT = /(?:^|[/\\(])([\w.-]+\.(?:ino|cpp|c|h)):(\d+):/;
/** Of each severity. */
const MOST = 200;

/**
 * What GCC and its linker reported, in order and each once.
 *
 * @param staged names of the files that were staged; found under any folder they are the project's own
 * @param folder the project's folder of them
 */
export function diagnosticsIn(text: string, staged: readonly string[], folder = 'firmware'): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  const count = { error: 0, warning: 0 };
  for (const line of text.split(/\r?\n/)) {
    const diagnostic = compilerLine(line.trim(), staged, folder) ?? linkerLine(line.trim(), staged, folder);
    const key = JSON.stringify(diagnostic);
    if (diagnostic === null || found.has(key) || count[diagnostic.severity] === MOST) continue;
    count[diagnostic.severity] += 1;
    found.set(key, diagnostic);
  }
  return [...found.values()];
}

/** `firmware/board.h:12:3: error: ...` */
export function diagnosticText({ severity, file, line, column, message }: Diagnostic): string {
  const place = [file, line, column].filter((part) => part !== null).join(':');
  return `${place === '' ? 'linker' : place}: ${severity}: ${message}`;
}

function compilerLine(text: string, staged: readonly string[], folder: string): Diagnostic | null {
  const match = COMPILER.exec(text);
  if (match === null) return null;
  const [, file = '', line, column, severity, message = ''] = match;
  return {
    severity: severity === 'warning' ? 'warning' : 'error',
    file: projectPath(file, staged, folder),
    line: Number(line),
    column: column === undefined ? null : Number(column),
    message,
  };
}

function linkerLine(text: string, staged: readonly string[], folder: string): Diagnostic | null {
  if (!LINKER.test(text)) return null;
  const at = LINKED_AT.exec(text);
  // Behind the linker's own path and the place that it names.
  const message = text
    .replace(/^.*?ld(?:\.exe)?:\s*/, '')
    .replace(/^.*:\s*(?=undefined reference|multiple definition)/, '')
    .replace(/^\S*[/\\](?=\S+\.elf )/, '');
  return {
    severity: 'error',
    file: at?.[1] === undefined ? null : projectPath(at[1], staged, folder),
    line: at?.[2] === undefined ? null : Number(at[2]),
    column: null,
    message,
  };
}

function projectPath(printed: string, staged: readonly string[], folder: string): string {
  const parts = printed.split(/[/\\]/);
  const name = parts.at(-1) ?? printed;
  if (staged.includes(name)) return `${folder}/${name}`;
  // A file of the core or of a library: from its package on.
  const start = parts.findIndex((part) => part === 'cores' || part === 'libraries' || part === 'libdeps');
  return start < 0 ? parts.slice(-2).join('/') : parts.slice(start).join('/');
}
