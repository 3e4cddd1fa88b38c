type Start<T> = (resolve: (value: T) => void, reject: (error: Error) => void) => (() => void) | null;

/** Promises that all reject at once when the thing that would settle them has ended. */
export class Pending {
  readonly #waiting = new Set<(error: Error) => void>();
  #end: Error | null = null;

  get size(): number {
    return this.#waiting.size;
  }

  /** Why nothing settles any more; null while things do. */
  get reason(): Error | null {
    return this.#end;
  }

  /** @param start begins the work; what it returns is called once when the promise is settled, however. */
  run<T>(start: Start<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#end !== null) {
        reject(this.#end);
        return;
      }
      let leave: (() => void) | null = null;
      const settle = (then: () => void): void => {
        if (!this.#waiting.delete(fail)) return;
        leave?.();
        then();
      };
      const fail = (error: Error): void => settle(() => reject(error));
      this.#waiting.add(fail);
      leave = start((value) => settle(() => resolve(value)), fail);
      if (!this.#waiting.has(fail)) leave?.();
    });
  }

  end(error: Error): void {
    this.#end ??= error;
    for (const fail of [...this.#waiting]) fail(error);
  }
}
