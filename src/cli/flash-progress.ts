import type { FlashPhase, FlashProgress } from '../flash/flash.js';
import { bar, bytesText } from '../units.js';
import type { Output } from './output.js';

const PHASES: Readonly<Record<FlashPhase, string>> = {
  connect: 'connecting to the ROM loader',
  stub: 'loading the stub',
  write: 'writing',
  verify: 'verifying',
  boot: 'restarting the board',
};

/** `writing 43 %, 61.2 kB/s, 3 s left`. */
export function progressText({ phase, done, total, bytesPerSecond }: FlashProgress): string {
  if (phase !== 'write' || total === 0) return PHASES[phase];
  const percent = Math.floor((done / total) * 100);
  const rate =
    bytesPerSecond > 0 ? `, ${bytesText(bytesPerSecond)}/s, ${Math.ceil((total - done) / bytesPerSecond)} s left` : '';
  return `${PHASES[phase]} ${percent} %${rate}`;
}

/** A bar on stderr where a person watches, NDJSON on stdout with --json. */
export class FlashProgressView {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  show(progress: FlashProgress): void {
    this.#output.record({ type: 'progress', ...progress, bytesPerSecond: Math.round(progress.bytesPerSecond) });
    const fraction = progress.total === 0 ? 0 : progress.done / progress.total;
    this.#output.progress(`${bar(fraction)} ${progressText(progress)}`);
  }
}
