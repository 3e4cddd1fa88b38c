import { EspwatchError, isEspwatchError, messageOf } from '../errors.js';
import { type FlashPhase, type FlashProgress, type FlashReport, flashBoard } from '../flash/flash.js';
import type { FlashPart } from '../flash/plan.js';
import { capital } from '../printable.js';
import { bytesText } from '../units.js';
import type { Bench, Done } from './live-board-actions.js';

/** Time left at the present rate, ms; null while it is not known. */
export function leftMs({ phase, done, total, bytesPerSecond }: FlashProgress): number | null {
  return phase === 'write' && bytesPerSecond > 0 ? ((total - done) * 1000) / bytesPerSecond : null;
}

/** Writes the parts, follows the boot, and says in what state the flash is when that went wrong. */
export async function flashImage(
  { session, clock, signal }: Bench,
  parts: readonly FlashPart[],
  baud: number,
  onProgress: (progress: FlashProgress) => void,
): Promise<Done> {
  let phase: FlashPhase | null = null;
  let written = false;
  try {
    const report = await session.lease(async () => {
      try {
        return await flashBoard(session.link, parts, {
          baud,
          appBaud: session.appBaud,
          clock,
          signal,
          onProgress: (progress) => {
            if (progress.phase !== phase) {
              // Every reset of the flasher is ours, and a board under the stub runs no sketch.
              if (progress.phase === 'connect')
                session.record({ type: 'reset-commanded', into: 'uart-download' }, 'tool');
              if (progress.phase === 'stub') session.record({ type: 'bootloader', answered: true }, 'tool');
              if (progress.phase === 'boot') session.record({ type: 'reset-commanded', into: 'flash' }, 'tool');
              const { done, total } = progress;
              session.record({ type: 'flash', phase: progress.phase, done, total }, 'tool');
            }
            phase = progress.phase;
            written ||= phase === 'write';
            onProgress(progress);
          },
          onChunk: (chunk) => session.ingest(chunk),
        });
      } catch (error) {
        // The flasher has restarted the board.
        if (phase !== null && session.link.isOpen) session.record({ type: 'reset-commanded', into: 'flash' }, 'tool');
        throw error;
      }
    });
    return { ok: true, text: reportText(report), hint: null };
  } catch (error) {
    const state = flashState(phase, written);
    if (isEspwatchError(error, 'ABORTED'))
      return { ok: false, ...state, text: `Flashing was cancelled: ${state.text}` };
    if (isEspwatchError(error, 'FLASH_NOT_BOOTED')) return { ok: false, text: error.message, hint: error.hint };
    const hint = error instanceof EspwatchError ? error.hint : state.hint;
    return { ok: false, text: `${messageOf(error)} ${capital(state.text)}`, hint };
  }
}

/** What is in the flash when writing ended in `phase`; `written`: some of it was begun. */
function flashState(phase: FlashPhase | null, written: boolean): { readonly text: string; readonly hint: string } {
  if (!written)
    return { text: 'nothing was written, the old firmware is as it was.', hint: 'The board was reset and runs on.' };
  if (phase === 'verify')
    return { text: 'all is written, but not proven.', hint: 'Flash again, or watch whether the board boots.' };
  if (phase === 'boot')
    return {
      text: 'all is written and verified, but the boot was not proven.',
      hint: 'Watch whether the board boots.',
    };
  return { text: 'the flash is partly written, the old firmware is gone.', hint: 'Flash again.' };
}

function reportText({ parts, wireMs, baudUsed, chip, mac, bootProof }: FlashReport): string {
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const proof = bootProof.how === 'rom-banner' ? 'the ROM booted from flash' : 'the application speaks';
  const rate = wireMs > 0 ? `, ${bytesText((bytes / wireMs) * 1000)}/s` : '';
  const took = `${(wireMs / 1000).toFixed(1)} s at ${baudUsed} baud${rate}`;
  return `${bytesText(bytes)} written in ${took}; MD5 verified; ${chip} ${mac ?? ''} booted: ${proof}.`;
}
