/** What a board says that prints without pause: numbered rows of text, and now and then its telemetry. */
export class FloodText {
  #row = 0;
  #pending = Buffer.alloc(0);

  /** Rows begun so far. */
  get rows(): number {
    return this.#row;
  }

  /** The next `bytes` bytes of it. */
  take(bytes: number): Buffer {
    const parts = [this.#pending];
    let length = this.#pending.length;
    while (length < bytes) {
      const row = Buffer.from(this.#next());
      parts.push(row);
      length += row.length;
    }
    const all = Buffer.concat(parts);
    this.#pending = all.subarray(bytes);
    return all.subarray(0, bytes);
  }

  #next(): string {
    const n = ++this.#row;
    if (n % 100 === 0) {
      const heap = 20_000 + ((n * 7919) % 10_000);
      return `ESP8266 Telemetry: heap=${heap} block=${heap >> 1} rssi=${-50 - (n % 40)} uptime=${n}\r\n`;
    }
    const value = ((n * 2_654_435_761) >>> 8) % 100_000;
    return `row ${String(n).padStart(8, '0')} sensor ${n % 7} = ${value} loop ${n % 1009} µs\r\n`;
  }
}
