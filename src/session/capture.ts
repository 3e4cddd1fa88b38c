import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { EspwatchError, messageOf } from '../errors.js';
import type { ParserStep } from '../journal/entry.js';
import type { Chunk } from '../serial/link.js';
import type { Recorder } from './recorder.js';

/**
 * Keeps every byte that came, as it came, in FILE; FILE.index.ndjson says when and at which baud each run of
 * bytes arrived (`{t, baud, bytes}`, `t` in ms since 1970) and when the parser took an unfinished line as it was
 * (`{t, do}`), so that a capture can be played back.
 */
export class Capture implements Recorder {
  readonly #data: WriteStream;
  readonly #index: WriteStream;
  #failure: EspwatchError | null = null;
  #onFailure: (error: EspwatchError) => void = () => {};

  private constructor(data: WriteStream, index: WriteStream) {
    this.#data = data;
    this.#index = index;
    for (const stream of [data, index]) {
      stream.on('error', (error) => this.#failed(error));
    }
  }

  /** Appends to files that are there: an earlier capture is never lost. Throws USAGE when FILE can't be written. */
  static async open(file: string): Promise<Capture> {
    const streams = [file, `${file}.index.ndjson`].map((path) => createWriteStream(path, { flags: 'a' }));
    try {
      await Promise.all(streams.map((stream) => once(stream, 'open')));
    } catch (error) {
      for (const stream of streams) stream.destroy();
      throw new EspwatchError(
        'USAGE',
        `The capture file can't be written: ${messageOf(error)}.`,
        'Name a file in a folder that you may write to.',
        {
          cause: error,
        },
      );
    }
    const [data, index] = streams as [WriteStream, WriteStream];
    return new Capture(data, index);
  }

  /** Why the capture is incomplete (full disk), or null while all is well. */
  get failure(): EspwatchError | null {
    return this.#failure;
  }

  /** Called once, when the capture becomes incomplete. */
  onFailure(listener: (error: EspwatchError) => void): void {
    this.#onFailure = listener;
  }

  add(chunk: Chunk): void {
    if (this.#failure !== null) return;
    this.#data.write(chunk.bytes);
    this.#index.write(`${JSON.stringify({ t: chunk.t, baud: chunk.baud, bytes: chunk.bytes.length })}\n`);
  }

  step(step: { readonly t: number; readonly do: ParserStep }): void {
    if (this.#failure === null) this.#index.write(`${JSON.stringify({ t: step.t, do: step.do })}\n`);
  }

  async close(): Promise<void> {
    await Promise.all(
      [this.#data, this.#index].map(
        (stream) =>
          new Promise<void>((resolve) => {
            if (stream.destroyed) resolve();
            else stream.end(() => resolve());
            stream.once('error', () => resolve());
          }),
      ),
    );
  }

  #failed(cause: Error): void {
    if (this.#failure !== null) return;
    this.#failure = new EspwatchError(
      'CAPTURE_INCOMPLETE',
      `The capture ends here: ${cause.message}.`,
      'Make room, or name a file elsewhere.',
      { cause },
    );
    this.#onFailure(this.#failure);
  }
}
