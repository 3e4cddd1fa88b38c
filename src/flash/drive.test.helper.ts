import type { VirtualClock } from '../clock.js';

/** Runs `work` to its end, moving `clock` on only when nothing else can happen; `busy` counts what a board still has to say. */
export async function drive<T>(
  clock: VirtualClock,
  work: Promise<T>,
  board: { readonly busy: number } = { busy: 0 },
): Promise<T> {
  let running = true;
  work.then(
    () => {
      running = false;
    },
    () => {
      running = false;
    },
  );
  const giveUp = performance.now() + 30_000;
  while (running) {
    if (performance.now() > giveUp) throw new Error('stuck: nothing is due and nothing happens');
    for (let quiet = 0; quiet < 3 && running; quiet = board.busy > 0 ? 0 : quiet + 1) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    const due = clock.nextDue();
    if (running && due !== undefined) await clock.advance(due);
  }
  return work;
}
