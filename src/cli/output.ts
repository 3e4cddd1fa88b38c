import { stripVTControlCharacters } from 'node:util';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
const SGR: Record<Style, string> = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', cyan: '36' };

export interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/**
 * Everything a command says goes through here: results to stdout, the rest to stderr, colours only on a TTY.
 * In JSON mode stdout carries only what `result` and `record` are given.
 */
export class Output {
  readonly json: boolean;
  readonly #out: Stream;
  readonly #err: Stream;
  readonly #colours: { readonly out: boolean; readonly err: boolean };
  #progressShown = false;

  constructor(json: boolean, out: Stream, err: Stream, env: Readonly<Record<string, string | undefined>>) {
    this.json = json;
    this.#out = out;
    this.#err = err;
    const wanted = (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
    this.#colours = { out: wanted && out.isTTY === true, err: wanted && err.isTTY === true };
  }

  /** True when a person watches stdout on a terminal. */
  get interactive(): boolean {
    return !this.json && this.#out.isTTY === true;
  }

  /** True when stdout may have colours. */
  get colours(): boolean {
    return this.#colours.out;
  }

  get showsProgress(): boolean {
    return this.#err.isTTY === true;
  }

  /** One line of the result, for people. Silent in JSON mode. */
  print(text = ''): void {
    if (this.json) return;
    this.#clearProgress();
    this.#out.write(`${text}\n`);
  }

  /** The one JSON document of a command, or one object of a stream. Silent without --json. */
  record(value: unknown): void {
    if (this.json) this.#out.write(`${jsonText(value)}\n`);
  }

  /** The one JSON document, laid out to be read. */
  result(value: unknown): void {
    if (this.json) this.#out.write(`${jsonText(value, 2)}\n`);
  }

  /** One line of JSON in either mode: for a server whose caller waits for it. */
  ready(value: unknown): void {
    this.#out.write(`${jsonText(value)}\n`);
  }

  /** Hints, notes and errors. */
  note(text: string): void {
    this.#clearProgress();
    this.#err.write(`${text}\n`);
  }

  /** A line that replaces itself; only on a TTY. */
  progress(text: string): void {
    if (!this.showsProgress) return;
    const width = (this.#err.columns ?? 80) - 1;
    this.#err.write(`\r\x1b[K${text.slice(0, width)}`);
    this.#progressShown = true;
  }

  style(style: Style, text: string, stream: 'out' | 'err' = 'out'): string {
    return this.#colours[stream] ? `\x1b[${SGR[style]}m${text}\x1b[0m` : text;
  }

  #clearProgress(): void {
    if (!this.#progressShown) return;
    this.#err.write('\r\x1b[K');
    this.#progressShown = false;
  }
}

/** JSON escapes C0 only; the rest of what a terminal would obey is escaped here, for JSON is looked at on terminals too. */
function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, jsonValue, indent).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Bytes as base64: a log line that is no text must survive JSON. */
function jsonValue(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value;
}

/** Rows in columns as wide as their widest cell; escape sequences do not count. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, width(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - width(cell))))
      .join('  ')
      .trimEnd(),
  );
}

function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
