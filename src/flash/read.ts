import { createHash } from 'node:crypto';
import { EspwatchError } from '../errors.js';
import { hex, words } from './bytes.js';
import { type ChipLoader, isTransient, OP, protocolError, request } from './loader.js';
import { STUB_REACH } from './plan.js';

/** Bytes of flash in a frame; more makes the stub deaf (ESP8266.md 4.7). */
const FRAME = 0x1000;
const FRAME_MS = 3000;
const TRIES = 3;

/** Reads `length` bytes of flash from `offset` on and checks them against the digest that the stub sends behind them. */
export async function readRegion(loader: ChipLoader, offset: number, length: number): Promise<Uint8Array> {
  if (!Number.isInteger(offset) || !Number.isInteger(length) || offset < 0 || length < 0) {
    throw new EspwatchError('USAGE', 'A flash region needs a whole offset and length.', 'Give both in bytes.');
  }
  if (offset + length > STUB_REACH) {
    throw new EspwatchError(
      'IMAGE_TOO_LARGE',
      `The region ends at ${hex(offset + length)}, and the flasher reaches ${hex(STUB_REACH)} only.`,
      'Read a smaller region.',
    );
  }
  for (let tryNumber = 1; ; tryNumber++) {
    try {
      return await readOnce(loader, offset, length);
    } catch (error) {
      if (!isTransient(error) || tryNumber === TRIES || !(await loader.resync())) throw error;
    }
  }
}

async function readOnce(loader: ChipLoader, offset: number, length: number): Promise<Uint8Array> {
  const { transport } = loader;
  const region = new Uint8Array(length);
  await loader.exchange('reading the flash', request(OP.readFlash, words(offset, length, FRAME, 1)));
  let done = 0;
  while (done < length) {
    const frame = await transport.read(FRAME_MS);
    if (frame.length !== Math.min(FRAME, length - done)) {
      throw protocolError(`The flash came in a frame of ${frame.length} bytes`);
    }
    region.set(frame, done);
    done += frame.length;
    await transport.write(words(done));
  }
  const digest = Buffer.from(await transport.read(FRAME_MS)).toString('hex');
  const expected = createHash('md5').update(region).digest('hex');
  if (digest !== expected) throw protocolError(`The flash was read with MD5 ${expected}, the board says ${digest}`);
  return region;
}
