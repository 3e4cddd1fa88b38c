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

interface Entry {
  readonly watched: Watched;
  readonly limitMs: number;
  fed: number;
  ageMs: number;
}

const entries = new Set<Entry>();
let timer: NodeJS.Timeout | undefined;

/**
 * The software watchdog of every board, on one timer. Age is counted in ticks that really ran: a host that stands still
 * does not bite boards that were given no time to feed it. Returns what takes it off.
 */
export function watch(watched: Watched, limitMs: number): () => void {
  const entry: Entry = { watched, limitMs, fed: watched.fed(), ageMs: 0 };
  entries.add(entry);
  timer ??= setInterval(tick, TICK_MS).unref();
  return () => {
    entries.delete(entry);
    if (entries.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  for (const entry of [...entries]) {
    if (!age(entry, TICK_MS)) continue;
    entries.delete(entry);
    entry.watched.bark();
  }
}

/** One tick; true when the limit is reached. */
function age(entry: Entry, ms: number): boolean {
  const fed = entry.watched.fed();
  const alive = fed !== entry.fed || !entry.watched.counting();
  entry.fed = fed;
  entry.ageMs = alive ? 0 : entry.ageMs + ms;
  return entry.ageMs >= entry.limitMs;
}
