import type { StubKind } from './ram-upload.js';

/** Commands that the stubs have beyond those of the ROM (ESP8266.md 4.5). */
export const STUB_OP = {
  spiAttach: 0x0d,
  changeBaudrate: 0x0f,
  deflBegin: 0x10,
  deflData: 0x11,
  deflEnd: 0x12,
  md5: 0x13,
  securityInfo: 0x14,
  eraseFlash: 0xd0,
  eraseRegion: 0xd1,
  readFlash: 0xd2,
  runUserCode: 0xd3,
  nand: 0xd5,
} as const;

/** Error codes of the flasher stubs (ESP8266.md 4.4). */
export const STUB_ERROR = {
  none: 0x00,
  badLength: 0xc0,
  badChecksum: 0xc1,
  badBlockSize: 0xc2,
  invalidCommand: 0xc3,
  spiFailed: 0xc4,
  notInFlashMode: 0xc6,
  inflate: 0xc7,
  notEnoughData: 0xc8,
  tooMuchData: 0xc9,
  overlong: 0xee,
  notImplemented: 0xff,
} as const;

/** Where the two generations of the stub differ (ESP8266.md 4.6 to 4.10, observed on the binaries). */
export interface StubRules {
  readonly kind: StubKind;
  readonly unknownOp: number;
  /** A frame whose length differs from its header, or whose direction byte is not 0. */
  readonly checksHeader: boolean;
  /** Arguments of a wrong length, where the two differ. */
  readonly badArguments: number;
  readonly shortWriteReg: number;
  readonly largestBlock: number;
  readonly endTooEarly: number;
  /** FLASH_BEGIN may carry a fifth word. */
  readonly fiveWordBegin: boolean;
  readonly eraseFlashPayload: boolean;
  /** Bytes of flash that operations reach. */
  readonly flashLimit: number;
  readonly skipsBlankSectors: boolean;
  /** A whole 64 KB block is erased as one when at least this many sectors are left. */
  readonly blockEraseFrom: number;
}

export const STUB_RULES: Record<StubKind, StubRules> = {
  legacy: {
    kind: 'legacy',
    unknownOp: STUB_ERROR.notImplemented,
    checksHeader: false,
    badArguments: 0x01,
    shortWriteReg: STUB_ERROR.badLength,
    largestBlock: 0x4000,
    endTooEarly: STUB_ERROR.notEnoughData,
    // Sources from v1.10 on, which is what esptool uploads today, take it.
    fiveWordBegin: true,
    eraseFlashPayload: false,
    flashLimit: 0x1000000,
    skipsBlankSectors: false,
    blockEraseFrom: 17,
  },
  new: {
    kind: 'new',
    unknownOp: STUB_ERROR.invalidCommand,
    checksHeader: true,
    badArguments: STUB_ERROR.badLength,
    shortWriteReg: STUB_ERROR.notEnoughData,
    largestBlock: 0x8000,
    endTooEarly: STUB_ERROR.badLength,
    fiveWordBegin: true,
    eraseFlashPayload: true,
    flashLimit: 0x400000,
    skipsBlankSectors: true,
    blockEraseFrom: 16,
  },
};

/** Sectors in a 64 KB block. */
export const SECTORS_PER_BLOCK = 16;
