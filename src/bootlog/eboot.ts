/** What eboot, the second stage of the Arduino core, prints below the ROM's `csum` (ESP8266.md 1.10). */
import type { BoardFact } from '../board/events.js';
import type { BootStage } from './rom.js';

const VERSION = /^@?v([0-9a-f]{8})$/;
const COPY = /^@?cp:(-?\d{1,10})$/;
const ERROR = /^@?e:(-?\d{1,10})$/;

/** Parses a whole line; null when it is not eboot's. Its shortest lines count only between `csum` and the sketch. */
export function readEboot(text: string, stage: BootStage): BoardFact[] | null {
  const line = text.trim();
  if (line.length > 20) return null;
  if (line === '~ld' || line === '@~ld') return [{ type: 'eboot', step: 'load', value: null }];
  if (stage === 'running') return null;
  if (line === 'ld') return [{ type: 'eboot', step: 'load', value: null }];
  if (line === 'B') return [{ type: 'eboot', step: 'same', value: null }];
  const version = VERSION.exec(line);
  if (version) return [{ type: 'eboot', step: 'version', value: Number.parseInt(version[1] ?? '', 16) }];
  const copy = COPY.exec(line);
  if (copy) return [{ type: 'eboot', step: 'copy', value: Number(copy[1]) }];
  const error = ERROR.exec(line);
  if (error) return [{ type: 'eboot', step: 'error', value: Number(error[1]) }];
  return null;
}
