import { createHash } from 'node:crypto';
import type { FrameQueue } from './frame-queue.js';
import type { Machine } from './machine.js';
import { word } from './rom-loader.js';
import { slipEncode } from './slip.js';
import type { StubRules } from './stub-rules.js';

const ACK_BYTES = 4;

/** Arguments of READ_FLASH, in bytes. */
export interface FlashRead {
  readonly address: number;
  readonly length: number;
  readonly block: number;
  readonly inFlight: number;
}

/** Raw data frames, each acknowledged by the bytes received so far, then a raw MD5 frame (ESP8266.md 4.7). */
export async function streamFlash(
  { uart, flash }: Machine,
  frames: FrameQueue,
  rules: StubRules,
  { address, length, block, inFlight }: FlashRead,
): Promise<void> {
  // The legacy stub counts what may be on its way in bytes, the new one allows a single frame.
  const window = rules.kind === 'legacy' ? Math.max(1, inFlight) : 1;
  let sent = 0;
  let acknowledged = 0;
  while (acknowledged < length) {
    while (sent < length && sent - acknowledged < window) {
      const part = flash.read(address + sent, Math.min(block, length - sent));
      sent += part.length;
      void uart.send(slipEncode(part));
    }
    const ack = await frames.next();
    if (ack.length !== ACK_BYTES) return;
    acknowledged = word(new DataView(ack.buffer, ack.byteOffset, ack.byteLength), 0);
  }
  void uart.send(slipEncode(md5(flash.read(address, length))));
}

export function md5(bytes: Uint8Array): Uint8Array {
  return createHash('md5').update(bytes).digest();
}
