/** The Wi-Fi and the broker around one board, as the script has them. */
export class Surroundings {
  readonly #listeners = new Set<() => void>();
  #wifi = true;
  #broker = true;
  #certificate = true;

  get wifi(): boolean {
    return this.#wifi;
  }

  get broker(): boolean {
    return this.#broker;
  }

  /** Whether those who connect trust the broker's certificate. */
  get certificate(): boolean {
    return this.#certificate;
  }

  set(what: { readonly wifi?: boolean; readonly broker?: boolean; readonly certificate?: boolean }): void {
    this.#wifi = what.wifi ?? this.#wifi;
    this.#broker = what.broker ?? this.#broker;
    this.#certificate = what.certificate ?? this.#certificate;
    for (const listener of [...this.#listeners]) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
