/** What the watchdog looks at. */
export interface Watched {
  /** Counter that changes when the program feeds it. */
  fed(): number;
  /** False while it is not the program that keeps the board busy. */
  counting(): boolean;
  /** It has not been fed for its limit. Called once. */
  bark(): void;
}

const TICK_MS = 100;

/** How long a program has gone without feeding, as far as the watchdog has looked. */
export class HungerClock {
  readonly #limitMs: number;
  #fed: number;
  #ageMs = 0;

  constructor(fed: number, limitMs: number) {
    this.#fed = fed;
    this.#limitMs = limitMs;
  }

  /** One look, `ms` after the one before as timers are set; true when the limit is reached. */
  look(fed: number, counting: boolean, ms: number): boolean {
    this.#ageMs = fed === this.#fed && counting ? this.#ageMs + ms : 0;
    this.#fed = fed;
    return this.#ageMs >= this.#limitMs;
  }
}

const all = new Map<Watched, HungerClock>();
let timer: NodeJS.Timeout | undefined;

/**
 * The software watchdog of every board, on one timer. Age is counted in looks that really took place: a host that stands
 * still does not bite boards that were given no time to feed it. Returns what takes it off.
 */
export function watch(watched: Watched, limitMs: number): () => void {
  all.set(watched, new HungerClock(watched.fed(), limitMs));
  timer ??= setInterval(look, TICK_MS).unref();
  return () => {
    all.delete(watched);
    if (all.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function look(): void {
  for (const [watched, clock] of [...all]) {
    if (!clock.look(watched.fed(), watched.counting(), TICK_MS)) continue;
    all.delete(watched);
    watched.bark();
  }
}
