/** The 32-bit little-endian word at `at`; the caller has checked that it is inside. */
export function u32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);
}

/** Words as the chip takes them: 32 bits each, little-endian. */
export function words(...values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 4);
  const view = new DataView(out.buffer);
  values.forEach((value, i) => {
    view.setUint32(i * 4, value >>> 0, true);
  });
  return out;
}

/** XOR of all bytes onto `seed`: 0xEF is the seed of Espressif's images and data blocks. */
export function xorChecksum(bytes: Uint8Array, seed = 0xef): number {
  let sum = seed;
  for (const byte of bytes) sum ^= byte;
  return sum;
}

/** `0x` and the number in hexadecimal, at least `digits` long. */
export function hex(value: number, digits = 1): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

/** `bytes` lengthened with FF (erased flash) to a multiple of `multiple`; the same array when nothing is missing. */
export function padToMultiple(bytes: Uint8Array, multiple: number): Uint8Array {
  const missing = (multiple - (bytes.length % multiple)) % multiple;
  if (missing === 0) return bytes;
  const out = new Uint8Array(bytes.length + missing).fill(0xff);
  out.set(bytes);
  return out;
}
