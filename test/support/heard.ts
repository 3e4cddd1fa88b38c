/** Collects what a board says and wakes those who wait for a text in it. */
export class Heard {
  #text = '';
  #waiting: { pattern: RegExp; found: (match: string) => void; from: number }[] = [];

  /** Everything so far, a character a byte. */
  get text(): string {
    return this.#text;
  }

  add(bytes: Uint8Array): void {
    this.#text += Buffer.from(bytes).toString('latin1');
    this.#waiting = this.#waiting.filter(({ pattern, found, from }) => {
      const match = pattern.exec(this.#text.slice(from));
      if (match === null) return true;
      found(match[0]);
      return false;
    });
  }

  /** Resolves with the first match in what comes from now on; with `since`, from that place in `text` on. */
  until(pattern: RegExp, signal: AbortSignal, since = this.#text.length): Promise<string> {
    return new Promise((resolve, reject) => {
      signal.addEventListener(
        'abort',
        () => reject(new Error(`${String(pattern)} never came; heard: ${JSON.stringify(this.#text.slice(-2000))}`)),
        { once: true },
      );
      this.#waiting.push({ pattern, found: resolve, from: since });
      this.add(new Uint8Array(0));
    });
  }
}
