import type { BoardEvent } from '../board/events.js';
import { networkNews } from '../board/network-lines.js';

/** Events that say nothing by themselves, kept on each side of an incident. */
const AROUND = 12;

/**
 * Which events of one board go to the journal. Withheld is what the capture holds anyway and only the eye of a reader
 * needs: text, unparsed bytes, load lines. The last 12 of them before an incident and the next 12 after it are kept.
 *
 * Context from before an incident comes right before it, although facts in between were journalled as they came:
 * `seq` tells the true order.
 *
 * Size: a line of telemetry is an entry of about 200 bytes, so one a second is 6 MB in 8 h; a probe every 10 s is
 * 1 MB; an incident with its context at most 5 kB unless lines are long, so that a board that restarts every 2 s all
 * night makes 70 MB. All of that before compression, which takes about nine tenths away.
 */
export class JournalFilter {
  #withheld: BoardEvent[] = [];
  #after = 0;

  /** What goes to the journal now, in order. */
  take(event: BoardEvent): readonly BoardEvent[] {
    if (isIncident(event)) {
      const kept = [...this.#withheld, event];
      this.#withheld = [];
      this.#after = AROUND;
      return kept;
    }
    if (!isContext(event)) return [event];
    if (this.#after > 0) {
      this.#after -= 1;
      return [event];
    }
    this.#withheld.push(event);
    if (this.#withheld.length > AROUND) this.#withheld.shift();
    return [];
  }
}

/** Something happened to the board, the cable or the network: entries like it are also written at once. */
export function isIncident(event: BoardEvent): boolean {
  switch (event.type) {
    case 'rom-banner':
    case 'crash':
    case 'boot-error':
    case 'reset-commanded':
    case 'switch-commanded':
    case 'silence':
    case 'mode':
      return true;
    case 'link':
      return event.state === 'lost' || event.state === 'back';
    // Where the banner was not readable it is the first sign of a boot.
    case 'reset-reason':
      return event.atBoot;
    case 'text':
      return networkNews(event.text) !== null;
    case 'probe':
      return event.result.outcome !== 'answered' && event.result.outcome !== 'not-configured';
    default:
      return false;
  }
}

/**
 * What a journal keeps around incidents only: for a reader's eye. Nothing but the lines around an incident may depend on
 * it, and it may come later than facts that it came before.
 */
export function isContext(event: BoardEvent): boolean {
  switch (event.type) {
    case 'text':
    case 'unparsed':
    case 'boot-load':
    case 'boot-checksum':
    case 'eboot':
      return true;
    case 'rom-message':
      return event.kind === 'load-detail';
    default:
      return false;
  }
}
