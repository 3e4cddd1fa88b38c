/** What the mask ROM prints (ESP8266.md 1.2 to 1.11), except its exceptions, which `crash.ts` reads. */
import type { BoardFact } from '../board/events.js';
import { bootModeOf, causeOfRom } from '../board/numbers.js';

/** The constant head of the banner; the numbers follow. */
export const BANNER_HEAD = 'ets Jan  8 2013,rst cause:';

const BANNER = /^ets Jan {2}8 2013,rst cause:(\d{1,2}), ?boot mode:\((\d{1,2}),(\d{1,2})\)/;

export interface BannerMatch {
  /** Where the banner begins and ends in the text. */
  readonly from: number;
  readonly to: number;
  readonly fact: BoardFact;
}

/** The first whole banner in a text, wherever it stands. */
export function findBanner(text: string): BannerMatch | null {
  for (let from = text.indexOf(BANNER_HEAD); from >= 0; from = text.indexOf(BANNER_HEAD, from + 1)) {
    const match = BANNER.exec(text.slice(from, from + 64));
    if (match === null) continue;
    const fact = bannerFact(Number(match[1]), Number(match[2]), Number(match[3]), 1);
    return { from, to: from + match[0].length, fact };
  }
  return null;
}

/** The fact of a banner with these ROM numbers. */
export function bannerFact(cause: number, mode: number, sdio: number, confidence: number): BoardFact {
  const raw = { cause, mode, sdio };
  return { type: 'rom-banner', cause: causeOfRom(cause), bootMode: bootModeOf(mode), raw, confidence };
}

/** How far the boot has come: the short lines of the ROM and of eboot mean something only there. */
export type BootStage = 'rom' | 'eboot' | 'running';

const LOAD = /^load 0x([0-9a-f]{8}), len (-?\d{1,10}), room (-?\d{1,10})$/;
const DETAIL = /^(?:tail \d{1,10}|ho \d{1,10} tail \d{1,10} room \d{1,10}|chksum 0x[0-9a-f]{2})$/;
const CSUM = /^csum 0x([0-9a-f]{2})$/;

/** Parses the ROM's lines between banner and program; holds what must be known from the lines before. */
export class RomReader {
  stage: BootStage = 'running';
  #failed = false;

  /** A banner was read: a new boot begins. */
  begin(): void {
    this.stage = 'rom';
    this.#failed = false;
  }

  /** `ended` false: only what cannot grow into something else is recognised. */
  read(text: string, ended: boolean): BoardFact[] | null {
    const line = text.trim();
    if (line.length > 200) return null;
    // A line feed never comes: the ROM dies while printing this one. It may be glued to noise of the next reset.
    if (line.startsWith('ets_main.c')) return this.#etsMain(text);
    switch (line) {
      case 'csum err':
        return this.#error('checksum', line);
      case 'unknown reset':
        return this.#error('unknown-reset', line);
      case 'wdt reset':
        return [{ type: 'rom-message', kind: 'watchdog-reset', text: line }];
      case 'waiting for host':
        return [{ type: 'rom-message', kind: 'waiting-for-host', text: line }];
      case 'user code done':
        return [{ type: 'rom-message', kind: 'user-code-done', text: line }];
      default:
        return ended ? this.#readEnded(line) : null;
    }
  }

  #readEnded(line: string): BoardFact[] | null {
    const load = LOAD.exec(line);
    if (load) return this.#load(line, Number.parseInt(load[1] ?? '', 16), Number(load[2]), Number(load[3]));
    const csum = CSUM.exec(line);
    if (csum) {
      this.stage = 'eboot';
      return [{ type: 'boot-checksum', value: Number.parseInt(csum[1] ?? '', 16) }];
    }
    if (this.stage === 'rom' && DETAIL.test(line)) return [{ type: 'rom-message', kind: 'load-detail', text: line }];
    if (line.startsWith('flash read err,')) return this.#error('flash-read', line);
    return null;
  }

  #load(line: string, address: number, length: number, room: number): BoardFact[] {
    // A loader that is left boots from flash without a banner: its first load line is the beginning.
    if (this.stage !== 'rom') this.begin();
    const facts: BoardFact[] = [{ type: 'boot-load', address, length, room }];
    if (length < 0 || !isMapped(address)) facts.push(...this.#error('bad-segment', line));
    return facts;
  }

  #error(kind: 'checksum' | 'unknown-reset' | 'flash-read' | 'bad-segment', text: string): BoardFact[] {
    this.#failed = true;
    return [{ type: 'boot-error', kind, text }];
  }

  #etsMain(text: string): BoardFact[] {
    // It also ends a boot that failed for a reason already told.
    if (this.#failed) return [{ type: 'text', text, ended: false }];
    this.#failed = true;
    return [{ type: 'boot-error', kind: 'no-image', text: 'ets_main.c' }];
  }
}

/** Data RAM, instruction RAM and peripherals: where a segment of a bootable image may go. */
function isMapped(address: number): boolean {
  return (
    (address >= 0x3ffe8000 && address < 0x40000000) ||
    (address >= 0x40100000 && address < 0x40110000) ||
    (address >= 0x60000000 && address < 0x60002000)
  );
}
