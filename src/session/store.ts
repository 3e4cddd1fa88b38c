import { EspwatchError } from '../errors.js';
import { type BoardInfo, type FlashOptions, type FlashReport, flashBoard, readFlash } from '../flash/flash.js';
import type { FlashPart } from '../flash/plan.js';
import type { SerialLink } from '../serial/link.js';
import {
  encodeSettings,
  readSettings,
  SETTINGS_SECTOR_BYTES,
  type Settings,
  type StoredSettings,
  scratchAddress,
  settingsAddress,
} from '../settings/record.js';

/** The settings of a board, and where they lie. */
export interface BoardStore extends StoredSettings {
  readonly info: BoardInfo;
  /** Flash address of the settings sector, in bytes. */
  readonly address: number;
}

/** What the flasher's stub reaches, in bytes (ESP8266.md 4.10). */
const REACH = 0x400000;
const IMAGE_MAGIC = 0xe9;
/** Flash sizes in bytes by the upper half of an image's fourth byte (ESP8266.md 5.5). */
const HEADER_SIZES: readonly (number | undefined)[] = [
  512 << 10,
  256 << 10,
  1 << 20,
  2 << 20,
  4 << 20,
  2 << 20,
  4 << 20,
  undefined,
  8 << 20,
  16 << 20,
];

/**
 * Reads the board's settings through its loader; the board is restarted afterwards. The link as in `flashBoard`.
 * The sketch goes by the flash size in its image's header, which may be smaller than the chip: so do we.
 */
export async function readStore(link: SerialLink, options: FlashOptions): Promise<BoardStore> {
  return readFlash(link, options, async ({ info, read }) => {
    const size = flashSizeOfImage(await read(0, 4)) ?? info.flashSize;
    const flashSize = Math.min(size, info.flashSize);
    const address = settingsAddress(flashSize);
    if (flashSize > REACH) {
      throw new EspwatchError(
        'IMAGE_TOO_LARGE',
        `The settings of this board lie at 0x${address.toString(16)}, and the flasher reaches the first ${REACH >> 20} MB only.`,
        'Use the /config page of the board.',
      );
    }
    const both = await read(scratchAddress(flashSize), 2 * SETTINGS_SECTOR_BYTES);
    const stored = readSettings(both.subarray(SETTINGS_SECTOR_BYTES), both.subarray(0, SETTINGS_SECTOR_BYTES));
    return { ...stored, info, address };
  });
}

/**
 * Writes the settings as the newest record, verifies them, and proves that the board restarted. While the sector with
 * a valid record is rewritten, the scratch sector holds the new one, as in the sketch's own SAVE: a cable pulled at
 * any moment leaves the old or the new settings.
 */
export async function writeStore(
  link: SerialLink,
  store: BoardStore,
  settings: Settings,
  options: FlashOptions,
): Promise<FlashReport> {
  const bytes = encodeSettings(settings, store.sequence + 1);
  const sector: FlashPart = { name: 'settings', offset: store.address, bytes, role: 'data' };
  // Parts are written in the order of their addresses, so the copy comes first. Where the scratch sector holds the
  // only valid record it stays as it is.
  const copy: FlashPart = { ...sector, name: 'settings copy', offset: store.address - SETTINGS_SECTOR_BYTES };
  return flashBoard(link, store.from === 'A' || store.from === 'B' ? [copy, sector] : [sector], options);
}

function flashSizeOfImage([magic, , , sizes = 0]: Uint8Array): number | null {
  return magic === IMAGE_MAGIC ? (HEADER_SIZES[sizes >> 4] ?? null) : null;
}
