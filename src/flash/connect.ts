import { EspwatchError } from '../errors.js';
import { Listener } from './listener.js';
import { type ChipLoader, isTransient } from './loader.js';
import { LOADER_SEQUENCES, playReset, type ResetSequence, type Wiring } from './reset.js';
import type { FlashTransport } from './transport.js';

/** Baud of the boot ROM's own output with a 26 MHz crystal. */
export const ROM_BAUD = 74_880;
/** Baud that a connection starts at; the stub takes it for granted (ESP8266.md 4.8). */
export const CONNECT_BAUD = 115_200;

/** SYNCs after each reset; each takes at most 100 ms when nothing answers. */
const SYNC_TRIES = 4;
/** The ROM looks at its edge counter every ms and then empties its buffer: the next frame must come after that. */
const TRAINING_MS = 20;
/** From the release of EN to the end of the banner, with room for a slow EN. */
const BANNER_MS = 700;

export interface Entered {
  /** Who answers: the ROM's loader, or a stub of an earlier session that the reset did not end. */
  readonly who: 'rom' | 'stub';
  readonly wiring: Wiring;
}

/**
 * Resets the board into its serial loader, trying the known wirings, at 115200 baud.
 * Throws `FLASH_NO_SYNC` after about 4 s, with what the board's own boot banner says about why.
 */
export async function enterLoader(loader: ChipLoader): Promise<Entered> {
  const { transport } = loader;
  if (transport.link.baud !== CONNECT_BAUD) await transport.changeBaudrate(CONNECT_BAUD);
  for (const sequence of LOADER_SEQUENCES) {
    const who = await tryToEnter(loader, sequence);
    if (who !== null) return { who, wiring: sequence.wiring };
  }
  throw await diagnose(transport);
}

async function tryToEnter(loader: ChipLoader, sequence: ResetSequence): Promise<'rom' | 'stub' | null> {
  const { transport } = loader;
  await playReset(transport, sequence, (ms) => transport.pause(ms));
  await loader.train();
  await transport.pause(TRAINING_MS);
  for (let i = 0; i < SYNC_TRIES; i++) {
    try {
      return await loader.sync();
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
  }
  return null;
}

/** Listens to the ROM once at its own baud: what it prints, or that it prints nothing, tells the likely reason. */
async function diagnose(transport: FlashTransport): Promise<EspwatchError> {
  const [classic] = LOADER_SEQUENCES;
  if (classic === undefined) throw new Error('no reset sequences');
  await transport.changeBaudrate(ROM_BAUD);
  const listener = new Listener(transport.link);
  try {
    await playReset(transport, classic, (ms) => transport.pause(ms));
    await transport.within(
      BANNER_MS,
      listener.until((heard) => heard.bootMode !== null),
    );
    const { bootMode, bytes } = listener;
    await transport.changeBaudrate(CONNECT_BAUD);
    return noSync(bootMode, bytes);
  } finally {
    listener.dispose();
  }
}

function noSync(bootMode: number | null, bytes: number): EspwatchError {
  const [reason, hint] = reasonFor(bootMode, bytes);
  return new EspwatchError('FLASH_NO_SYNC', `The board's loader does not answer: ${reason}.`, hint);
}

function reasonFor(bootMode: number | null, bytes: number): readonly [reason: string, hint: string] {
  if (bootMode === 1) {
    return [
      'it is in download mode, but hears nothing from us',
      "Check the wire from the adapter's TX to the board's RX, and that no other device drives it.",
    ];
  }
  if (bootMode === 3) {
    return [
      'it resets, but boots from flash because GPIO0 is not pulled low',
      'Hold the FLASH button (GPIO0 to GND) while the tool connects; DTR seems not to be wired to GPIO0.',
    ];
  }
  if (bootMode !== null) {
    return [
      `it boots in mode ${bootMode}, which neither runs nor flashes`,
      'Check GPIO15 (must be low) and GPIO2 (must be high or open).',
    ];
  }
  if (bytes > 0) {
    return [
      'something talks on this port, but it is no ESP8266 boot ROM',
      'Hold FLASH, press RST, release FLASH, then run this again; check that it is the right port.',
    ];
  }
  return [
    'nothing comes from the board at all',
    'Check that the cable carries data, the board has power and this is its port; on a board without auto-reset hold FLASH, press RST, release FLASH, then run this again.',
  ];
}
