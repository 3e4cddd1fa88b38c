/** A reply as far as it came. `status` and `headers` are empty when the sender gave a body only. */
export interface HttpReply {
  readonly status: number | null;
  /** Names in lower case; of a repeated one the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** The head may take this much of the reply's size cap. */
const HEAD_CAP = 16_384;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Reads one HTTP reply from bytes cut anywhere. Tolerant, as the boards are not: lines end in CRLF or LF in
 * any mixture, the status line may be missing, the end is the `Content-Length` or the close of the connection.
 */
export class HttpResponseReader {
  readonly #cap: number;
  #bytes: Buffer = Buffer.alloc(0);
  #head: {
    readonly status: number | null;
    readonly headers: ReadonlyMap<string, string>;
    readonly end: number;
  } | null = null;
  #scanned = 0;

  /** @param cap bytes kept of head and body together; the rest is dropped and the reply counts as complete */
  constructor(cap: number) {
    this.#cap = cap;
  }

  /** Takes the next bytes; true once the reply is complete and nothing more needs to come. */
  push(chunk: Uint8Array): boolean {
    this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, this.#cap - this.#bytes.length)]);
    this.#head ??= this.#readHead();
    return this.complete;
  }

  get complete(): boolean {
    return this.#bytes.length >= this.#cap || (this.#head !== null && this.#bodyLength() >= this.#expected());
  }

  /** True when more was sent than is kept. */
  get capped(): boolean {
    return this.#bytes.length >= this.#cap;
  }

  get empty(): boolean {
    return this.#bytes.length === 0;
  }

  /** What has come so far, as if the connection had closed here. */
  reply(): HttpReply {
    const head = this.#head ?? { status: statusOf(this.#bytes), headers: new Map(), end: this.#bodyWithoutHead() };
    const body = this.#bytes.subarray(head.end);
    const expected = contentLength(head.headers);
    return { status: head.status, headers: head.headers, body: expected === null ? body : body.subarray(0, expected) };
  }

  #bodyLength(): number {
    return this.#bytes.length - (this.#head?.end ?? 0);
  }

  #expected(): number {
    if (this.#head === null) return Number.POSITIVE_INFINITY;
    const { status, headers } = this.#head;
    if (status === 204 || status === 304) return 0;
    return contentLength(headers) ?? Number.POSITIVE_INFINITY;
  }

  /** Where the body starts in a reply without a complete head: at once when it does not look like HTTP at all. */
  #bodyWithoutHead(): number {
    return looksLikeHttp(this.#bytes) ? this.#bytes.length : 0;
  }

  #readHead(): { status: number | null; headers: ReadonlyMap<string, string>; end: number } | null {
    const bytes = this.#bytes;
    if (!looksLikeHttp(bytes)) return { status: null, headers: new Map(), end: 0 };
    if (bytes.length < 5) return null;
    const end = headEnd(bytes, Math.max(0, this.#scanned - 2));
    this.#scanned = bytes.length;
    if (end === null) {
      return bytes.length < HEAD_CAP ? null : { status: statusOf(bytes), headers: new Map(), end: bytes.length };
    }
    return { status: statusOf(bytes), headers: headersOf(bytes.subarray(0, end)), end };
  }
}

/** False as soon as the bytes cannot be the start of a status line. */
function looksLikeHttp(bytes: Buffer): boolean {
  const start = bytes.subarray(0, 5).toString('latin1').toUpperCase();
  return 'HTTP/'.startsWith(start);
}

/** The index behind the first empty line at or after `from`. */
function headEnd(bytes: Buffer, from: number): number | null {
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return null;
}

function statusOf(bytes: Buffer): number | null {
  const match = /^HTTP\/\d(?:\.\d)?\s+(\d{3})\b/i.exec(bytes.subarray(0, 64).toString('latin1'));
  return match === null ? null : Number(match[1]);
}

function headersOf(head: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of head.toString('latin1').split(/\r?\n/).slice(1)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

function contentLength(headers: ReadonlyMap<string, string>): number | null {
  const text = headers.get('content-length');
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
