/** Stubs that hosts upload (ESP8266.md 4.1): where their text starts; the entry is 4 bytes further. */
const LEGACY_STUB = 0x4010d000;
const NEW_STUB = 0x4010c500;
const ENTRY_OFFSET = 4;
/** No stub is shorter: a few bytes at the right place are not one. */
const STUB_MIN = 4096;

export type StubKind = 'legacy' | 'new';

/** What was uploaded to RAM with MEM_BEGIN and MEM_DATA. */
export class RamUpload {
  readonly #parts: { readonly address: number; length: number }[] = [];

  begin(address: number): void {
    this.#parts.push({ address, length: 0 });
  }

  append(length: number): void {
    const part = this.#parts.at(-1);
    if (part !== undefined) part.length += length;
  }

  /** The flasher stub that a jump to `entry` would start, or null when what is there is no stub we know. */
  stubAt(entry: number): StubKind | null {
    for (const { address, length } of this.#parts) {
      if (entry !== address + ENTRY_OFFSET || length < STUB_MIN) continue;
      if (address === LEGACY_STUB) return 'legacy';
      if (address === NEW_STUB) return 'new';
    }
    return null;
  }
}
