import { EspwatchError } from '../errors.js';
import type { Chunk } from '../serial/link.js';
import { ROM_BAUD } from './connect.js';
import { Listener } from './listener.js';
import type { ChipLoader } from './loader.js';
import {
  HARD_RESET,
  playReset,
  type ResetSequence,
  SLOW_HARD_RESET,
  SWAPPED_HARD_RESET,
  type Wiring,
} from './reset.js';

/** How we know that the board left its loader. */
export interface BootProof {
  /** The ROM's banner with boot mode 3, or readable text of the application. */
  readonly how: 'rom-banner' | 'application';
  /** Baud that it was heard at. */
  readonly baud: number;
  /** The reset sequence that did it. */
  readonly reset: string;
}

export interface ProveOptions {
  readonly wiring: Wiring;
  /** Baud of the application's output. */
  readonly appBaud: number;
  /** Every byte that comes from the reset on. */
  readonly onChunk?: ((chunk: Chunk) => void) | undefined;
}

/** Strapping of a boot from flash (ESP8266.md 1.5). */
const FLASH_BOOT = 3;
/** From the release of EN to the ROM's banner, with room for a slow EN. */
const BANNER_MS = 700;
/** The ROM's and eboot's lines after the banner take about 20 ms. */
const BOOT_TEXT_MS = 120;
/** An application that prints at all does so soon. */
const APPLICATION_MS = 1500;

/**
 * Restarts the board and listens whether it left the loader. Leaves the link at `appBaud` with both lines released.
 * Throws `FLASH_NOT_BOOTED` after about 6 s, with what it looks like.
 */
export async function proveBoot(loader: ChipLoader, options: ProveOptions): Promise<BootProof> {
  const { transport } = loader;
  const { appBaud, wiring } = options;
  const flashBaud = transport.link.baud;
  const first = wiring === 'swapped' ? SWAPPED_HARD_RESET : HARD_RESET;
  const other = wiring === 'swapped' ? HARD_RESET : SWAPPED_HARD_RESET;
  const listener = new Listener(transport.link, options.onChunk);
  const heard: Heard = { bootMode: null, bytes: 0 };
  try {
    for (const attempt of [
      { reset: first, baud: ROM_BAUD, ms: BANNER_MS, thenApplication: true },
      { reset: SLOW_HARD_RESET, baud: ROM_BAUD, ms: BANNER_MS, thenApplication: false },
      // A 40 MHz crystal puts the banner at 115200.
      { reset: first, baud: appBaud, ms: APPLICATION_MS, thenApplication: false },
      { reset: other, baud: ROM_BAUD, ms: BANNER_MS, thenApplication: false },
    ]) {
      const proof = await tryReset(loader, listener, attempt, appBaud, heard);
      if (proof !== null) return proof;
    }
    throw notBooted(heard, await stillInStub(loader, flashBaud));
  } finally {
    listener.dispose();
    if (transport.failure === null && transport.link.baud !== appBaud) await transport.changeBaudrate(appBaud);
  }
}

interface Heard {
  bootMode: number | null;
  bytes: number;
}

interface Attempt {
  readonly reset: ResetSequence;
  readonly baud: number;
  readonly ms: number;
  /** Whether to listen at the application's baud too when no banner came. */
  readonly thenApplication: boolean;
}

async function tryReset(
  { transport }: ChipLoader,
  listener: Listener,
  { reset, baud, ms, thenApplication }: Attempt,
  appBaud: number,
  heard: Heard,
): Promise<BootProof | null> {
  await transport.changeBaudrate(baud);
  await transport.link.discard();
  listener.forget();
  await playReset(transport, reset, (pauseMs) => transport.pause(pauseMs));
  const spoke = (l: Listener): boolean => l.bootMode !== null || (baud === appBaud && l.printed !== null);
  await transport.within(ms, listener.until(spoke));
  heard.bytes += listener.bytes;
  heard.bootMode = listener.bootMode ?? heard.bootMode;
  if (listener.bootMode === FLASH_BOOT) {
    await transport.within(
      BOOT_TEXT_MS,
      listener.until((l) => l.bootTextEnded),
    );
    return { how: 'rom-banner', baud, reset: reset.name };
  }
  if (listener.bootMode !== null) return null;
  if (baud === appBaud) return listener.printed === null ? null : { how: 'application', baud, reset: reset.name };
  if (!thenApplication) return null;
  listener.forget();
  await transport.changeBaudrate(appBaud);
  await transport.within(
    APPLICATION_MS,
    listener.until((l) => l.printed !== null),
  );
  heard.bytes += listener.bytes;
  return listener.printed === null ? null : { how: 'application', baud: appBaud, reset: reset.name };
}

/** Whether the stub still answers: then no reset has reached the chip. */
async function stillInStub(loader: ChipLoader, flashBaud: number): Promise<boolean> {
  await loader.transport.changeBaudrate(flashBaud);
  return loader.answers(1, 300);
}

function notBooted({ bootMode, bytes }: Heard, inStub: boolean): EspwatchError {
  const [reason, hint] = reasonFor(bootMode, bytes, inStub);
  return new EspwatchError('FLASH_NOT_BOOTED', `The flash is written and verified, but ${reason}.`, hint);
}

function reasonFor(bootMode: number | null, bytes: number, inStub: boolean): readonly [reason: string, hint: string] {
  if (bootMode === 1) {
    return [
      'the board starts in download mode (boot mode 1): GPIO0 is held low',
      'Release the FLASH button or take the GPIO0 jumper out, then press RST.',
    ];
  }
  if (bootMode !== null) {
    return [
      `the board starts in boot mode ${bootMode}`,
      'Check GPIO15 (must be low), GPIO2 (must be high or open) and GPIO0 (must be high), then press RST.',
    ];
  }
  if (inStub) {
    return [
      'the reset does not reach the chip, which still runs the flasher: RTS seems not to be wired to EN',
      'Press RST (or switch the power off and on) to start the application.',
    ];
  }
  if (bytes > 0) {
    return [
      'what the board says after the reset is not readable',
      'Give the baud of its output with --baud, or press RST and watch it with the monitor.',
    ];
  }
  return [
    'nothing is heard after the reset: RTS seems not to be wired to EN',
    'Press RST to start the application; check the power supply if it stays silent.',
  ];
}
