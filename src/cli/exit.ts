import { type ErrorCode, EspwatchError, messageOf } from '../errors.js';

/** Exit codes of the contract (DESIGN.md). */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  port: 3,
  flash: 4,
  mode: 5,
  contradiction: 6,
  network: 7,
  soak: 8,
  /** Ours, beyond the contract. */
  build: 9,
  /** A shell reports 128 + SIGINT for a command that its user stopped. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function exitCodeOf(error: unknown): number {
  return error instanceof EspwatchError ? codeFor(error.code) : EXIT.unexpected;
}

function codeFor(code: ErrorCode): number {
  if (code === 'SYMBOLS_ELF' || code === 'SYMBOLS_LOG' || code === 'JOURNAL_MISSING' || code === 'JOURNAL_EXISTS')
    return EXIT.usage;
  if (code === 'USAGE' || code.startsWith('SETTINGS_') || code === 'PORT_BAD_NAME') return EXIT.usage;
  if (code.startsWith('PORT_') || code === 'SIM_LISTEN') return EXIT.port;
  if (code.startsWith('FLASH_') || code.startsWith('IMAGE_')) return EXIT.flash;
  if (code.startsWith('MODE_') || code === 'SYMBOLS_NO_CRASH' || code === 'SYMBOLS_MISMATCH') return EXIT.mode;
  if (code.startsWith('NET_')) return EXIT.network;
  if (code.startsWith('BUILD_')) return EXIT.build;
  if (code === 'ABORTED') return EXIT.interrupted;
  return EXIT.unexpected;
}

/** The one form in which every failure is shown: what happened, then what to do. */
export function errorJson(error: unknown): { code: string; message: string; hint: string } {
  if (error instanceof EspwatchError) return { code: error.code, message: error.message, hint: error.hint };
  return {
    code: 'UNEXPECTED',
    message: messageOf(error),
    hint: 'This is a bug in espwatch: run again with ESPWATCH_DEBUG=1 and report the trace.',
  };
}
