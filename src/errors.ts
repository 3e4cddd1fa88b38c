/** Every code the product can fail with. The first word tells the layer; `cli/exit.ts` maps codes to exit codes. */
export type ErrorCode =
  // usage
  | 'USAGE'
  // ports
  | 'PORT_BUSY'
  | 'PORT_MISSING'
  | 'PORT_PERMISSION'
  | 'PORT_LOST'
  | 'PORT_NONE'
  | 'PORT_AMBIGUOUS'
  | 'PORT_BAD_NAME'
  | 'PORT_NO_MODEM_LINES'
  | 'PORT_BAUD'
  | 'PORT_IO'
  | 'PORT_CLOSED'
  | 'PORT_REMOTE'
  // flash
  | 'FLASH_NO_SYNC'
  | 'FLASH_WRONG_CHIP'
  | 'FLASH_VERIFY'
  | 'FLASH_PROTOCOL'
  | 'FLASH_TIMEOUT'
  | 'FLASH_NOT_BOOTED'
  | 'FLASH_ID'
  | 'IMAGE_MISSING'
  | 'IMAGE_NOT_ESP'
  | 'IMAGE_CHECKSUM'
  | 'IMAGE_OTHER_CHIP'
  | 'IMAGE_OTHER_BOARD'
  | 'IMAGE_TOO_LARGE'
  | 'IMAGE_OVERLAP'
  // mode and network
  | 'MODE_UNKNOWN'
  | 'NET_NOT_ASKED'
  | 'NET_REFUSED'
  // settings
  | 'SETTINGS_FOREIGN'
  | 'SETTINGS_INVALID'
  // building the sketch
  | 'BUILD_BOARD'
  | 'BUILD_FAILED'
  | 'BUILD_FETCH'
  | 'BUILD_NO_SKETCH'
  | 'BUILD_NO_TOOL'
  | 'BUILD_VERSION'
  // decoding crashes
  | 'SYMBOLS_ELF'
  | 'SYMBOLS_LOG'
  | 'SYMBOLS_MISMATCH'
  | 'SYMBOLS_NO_CRASH'
  | 'SYMBOLS_STATE'
  | 'SYMBOLS_TOOL'
  // the virtual board
  | 'SIM_LISTEN'
  | 'SIM_PROGRAM'
  | 'SIM_STATE'
  // the folder of a run
  | 'JOURNAL_BUSY'
  | 'JOURNAL_EXISTS'
  | 'JOURNAL_MISSING'
  | 'JOURNAL_WRITE'
  | 'REPLAY_DIFFERS'
  // the rest
  | 'CAPTURE_INCOMPLETE'
  | 'ABORTED'
  | 'UNEXPECTED';

/**
 * What went wrong, in a form that a script can match (`code`) and a person can act on
 * (`message` says what happened, `hint` what to do about it; one sentence each).
 */
export class EspwatchError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, hint: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'EspwatchError';
    this.code = code;
    this.hint = hint;
  }
}

export function isEspwatchError(value: unknown, code?: ErrorCode): value is EspwatchError {
  return value instanceof EspwatchError && (code === undefined || value.code === code);
}

/** The error that ends work which the user cancelled. */
export function aborted(what: string): EspwatchError {
  return new EspwatchError('ABORTED', `${what} was cancelled.`, 'Run it again when you are ready.');
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
