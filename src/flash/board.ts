import { EspwatchError, isEspwatchError } from '../errors.js';
import { words } from './bytes.js';
import { checkChip, chipNameOf, flashSizeOf, macOf, REGISTER } from './chip.js';
import { CONNECT_BAUD, type Entered, enterLoader } from './connect.js';
import { type ChipLoader, isTransient, OP, request } from './loader.js';
import type { Wiring } from './reset.js';

export interface BoardInfo {
  /** Station MAC as `18:fe:34:a2:66:29`; null when the eFuses hold none that is known. */
  readonly mac: string | null;
  readonly chip: 'ESP8266EX' | 'ESP8285';
  /** JEDEC id: maker in bits 7:0, type 15:8, size code 23:16. */
  readonly flashId: number;
  /** Bytes. */
  readonly flashSize: number;
  /** Whether this is espwatch's virtual board. */
  readonly virtual: boolean;
}

/** A board whose stub answers. */
export interface OpenBoard {
  readonly info: BoardInfo;
  /** Baud that the stub and we speak now. */
  readonly baud: number;
  readonly wiring: Wiring;
}

/** Bauds that are tried after the wanted one fails, in order. */
const FALLBACKS = [460_800, 230_400, CONNECT_BAUD] as const;
/** The stub changes its divisor 5 ms after its answer (the old one: 10 ms) and needs as long again. */
const DIVISOR_MS = 20;

/** The wanted baud and those below it that are worth trying. */
export function baudLadder(wanted: number): readonly number[] {
  return [wanted, ...FALLBACKS.filter((baud) => baud < wanted)];
}

/** Who is there, asked of the ROM's loader alone: no stub, so about a second faster than `openBoard`. */
export async function askBoard(loader: ChipLoader): Promise<{ info: BoardInfo; wiring: Wiring }> {
  const entered = await enterLoader(loader);
  const chip = await readChip(loader);
  if (entered.who === 'rom') await loader.attachFlashInRom();
  return { info: { ...chip, ...(await readFlashChip(loader)) }, wiring: entered.wiring };
}

/**
 * Resets the board into its loader, checks the chip, starts the stub and raises the baud, in place.
 * Each baud that does not hold costs a fresh reset, because the stub can change its baud only from 115200.
 */
export async function openBoard(
  loader: ChipLoader,
  wantedBaud: number,
  onPhase: (phase: 'connect' | 'stub') => void,
): Promise<OpenBoard> {
  const ladder = baudLadder(wantedBaud);
  for (const baud of ladder) {
    onPhase('connect');
    const entered = await enterLoader(loader);
    const chip = await readChip(loader);
    onPhase('stub');
    await runStub(loader, entered);
    if (baud !== CONNECT_BAUD && !(await changeBaud(loader, baud))) continue;
    const info = { ...chip, ...(await readFlashChip(loader)) };
    return { info, baud, wiring: entered.wiring };
  }
  throw new EspwatchError(
    'FLASH_TIMEOUT',
    `The board stopped answering at ${ladder.join(' and at ')} baud.`,
    'Use --flash-baud 115200, a shorter cable or another USB port.',
  );
}

async function readChip(loader: ChipLoader): Promise<Pick<BoardInfo, 'mac' | 'chip' | 'virtual'>> {
  checkChip(await loader.readRegister(REGISTER.chipMagic));
  const efuses = await loader.readEfuses();
  return { mac: macOf(efuses), chip: chipNameOf(efuses), virtual: await loader.isVirtual() };
}

async function readFlashChip(loader: ChipLoader): Promise<Pick<BoardInfo, 'flashId' | 'flashSize'>> {
  const flashId = await loader.readFlashId();
  return { flashId, flashSize: flashSizeOf(flashId) };
}

/** One more try after a failure: a lost byte in 12 KB of stub must not end the session. */
async function runStub(loader: ChipLoader, entered: Entered): Promise<void> {
  if (entered.who === 'stub') return;
  try {
    await loader.startStub();
  } catch (error) {
    if (!isTransient(error)) throw error;
    if ((await enterLoader(loader)).who === 'rom') await loader.startStub();
  }
}

/** Both ends to `baud`; false when they do not understand each other there. */
async function changeBaud(loader: ChipLoader, baud: number): Promise<boolean> {
  const { transport } = loader;
  try {
    await loader.exchange('changing the baud rate', request(OP.changeBaud, words(baud, CONNECT_BAUD)));
    await transport.pause(DIVISOR_MS);
    await transport.changeBaudrate(baud);
  } catch (error) {
    if (isTransient(error) || isEspwatchError(error, 'PORT_BAUD')) return false;
    throw error;
  }
  return loader.answers(2, 300);
}
