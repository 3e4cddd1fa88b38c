/** Reads the captures of `test/captures/`: see the README there. */
import { readFileSync } from 'node:fs';
import type { BoardFact } from '../../src/board/events.js';

const folder = new URL('../../../test/captures/', import.meta.url);

export interface Segment {
  readonly baud: number;
  readonly bytes: Uint8Array;
}

export interface Capture {
  readonly name: string;
  readonly title: string;
  readonly segments: readonly Segment[];
  /** What the line path must make of it, in full. */
  readonly facts: readonly BoardFact[];
  /** The mode in which a board with these events is. */
  readonly mode: string;
}

interface Entry {
  readonly name: string;
  readonly title: string;
  /** Host baud of each stretch and its length in bytes. */
  readonly segments: readonly { readonly baud: number; readonly length: number }[];
  readonly mode: string;
}

export function captureNames(): string[] {
  return (JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as Entry[]).map((entry) => entry.name);
}

export function readCapture(name: string): Capture {
  const entries = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as Entry[];
  const entry = entries.find((e) => e.name === name);
  if (entry === undefined) throw new Error(`no capture ${name}`);
  const bytes = new Uint8Array(readFileSync(new URL(`${name}.cap`, folder)));
  let from = 0;
  const segments = entry.segments.map(({ baud, length }) => {
    const segment = { baud, bytes: bytes.subarray(from, from + length) };
    from += length;
    return segment;
  });
  if (from !== bytes.length) throw new Error(`${name}.cap has ${bytes.length} bytes, index.json says ${from}`);
  const facts = (JSON.parse(readFileSync(new URL(`${name}.facts.json`, folder), 'utf8')) as unknown[]).map(revive);
  return { name, title: entry.title, segments, facts, mode: entry.mode };
}

/** Bytes are written as `{ "hex": "..." }` in the JSON. */
function revive(fact: unknown): BoardFact {
  const value = fact as { type: string; bytes?: { hex: string } };
  if (value.type !== 'unparsed' || value.bytes === undefined) return fact as BoardFact;
  return { type: 'unparsed', bytes: new Uint8Array(Buffer.from(value.bytes.hex, 'hex')) };
}
