/** The facts in words, for every view: short, without technical shorthand. */
import type { BoardState } from './board-state.js';
import type { BootMode, CrashKind, CrashReport, Mode, ResetCause } from './events.js';
import { exceptionInWords, exceptionName } from './exceptions.js';

const CAUSES: Readonly<Record<ResetCause, string>> = {
  'power-on': 'power-on',
  external: 'reset pin',
  software: 'restart by software',
  'hardware-watchdog': 'hardware watchdog',
  'software-watchdog': 'software watchdog',
  exception: 'crash',
  'deep-sleep-wake': 'wake from deep sleep',
  unknown: 'unknown cause',
};

export function causeInWords(cause: ResetCause): string {
  return CAUSES[cause];
}

const BOOT_MODES: Readonly<Record<BootMode, string>> = {
  flash: 'boot from flash',
  'uart-download': 'serial download (bootloader)',
  ram: 'jump to RAM',
  sdio: 'wait for an SDIO host',
  wait: 'wait without a word',
  unknown: 'unknown boot mode',
};

export function bootModeInWords(mode: BootMode): string {
  return BOOT_MODES[mode];
}

const MODES: Readonly<Record<Mode, string>> = {
  'web-server': 'web server',
  'mqtt-client': 'MQTT client',
  'web-server+mqtt-client': 'web server and MQTT client',
  'access-point': 'access point',
  'no-firmware': 'no bootable firmware',
  bootloader: 'bootloader (waiting for a host)',
  'boot-loop': 'boot loop',
  silent: 'silent',
  unknown: 'unknown',
};

export function modeInWords(mode: Mode): string {
  return MODES[mode];
}

const CRASHES: Readonly<Record<CrashKind, string>> = {
  exception: 'exception',
  'software-watchdog': 'software watchdog',
  'hardware-watchdog': 'hardware watchdog',
  abort: 'abort()',
  panic: 'panic',
  assert: 'failed assertion',
  'cpp-exception': 'unhandled C++ exception',
  'out-of-memory': 'out of memory',
  'stack-smashing': 'stack smashed',
  'stack-overflow': 'stack overflow',
  'rom-exception': 'exception in the ROM',
  'sdk-exception': 'exception in the SDK',
  generic: 'crash of unknown kind',
};

/** One line for a crash: `exception 28 LoadProhibited at 0x40201a2c, address 0x00000004`. */
export function crashInWords(report: CrashReport): string {
  let words = CRASHES[report.kind];
  if (report.exception !== null && report.kind.endsWith('exception')) {
    words += ` ${report.exception.number} ${exceptionName(report.exception.number)}`;
  }
  if (report.registers !== null) words += ` at ${hex(report.registers.epc1)}`;
  if (report.registers !== null && report.registers.excvaddr !== 0)
    words += `, address ${hex(report.registers.excvaddr)}`;
  if (report.detail !== null) words += `: ${report.detail}`;
  if (report.failedAlloc !== null) words += ` (${report.failedAlloc.bytes} bytes could not be allocated)`;
  return words;
}

/** What probably lies behind a crash, one sentence; null when its kind says nothing more. */
export function crashHint(report: CrashReport): string | null {
  switch (report.kind) {
    case 'software-watchdog':
      return 'The sketch ran for seconds without yield() or delay().';
    case 'hardware-watchdog':
      return 'The chip hung with interrupts off, or its supply failed for a moment.';
    case 'out-of-memory':
      return 'The heap was used up: look at the free heap before the crash.';
    case 'stack-smashing':
      return 'A local array was written beyond its end.';
    case 'stack-overflow':
      return 'The 4 KB stack was used up: large local arrays or deep recursion.';
    case 'exception':
    case 'rom-exception':
    case 'sdk-exception':
      if (report.exception === null) return null;
      return exceptionInWords(report.exception.number, report.registers?.excvaddr ?? null);
    case 'abort':
    case 'panic':
    case 'assert':
    case 'cpp-exception':
    case 'generic':
      return null;
  }
}

/** What to do about the state a board is in, one sentence; null when nothing is wrong. */
export function hintFor(state: BoardState): string | null {
  const hint = bootHint(state);
  if (hint !== null) return hint;
  if (state.mode === 'silent') return 'Check that the board has power, that TX and RX are crossed, and the baud rate.';
  if (state.mode === 'boot-loop') {
    const last = state.crashes.recent.at(-1);
    const why = last === undefined ? null : crashHint(last.report);
    return why ?? 'Check the supply, and flash the firmware again.';
  }
  if (state.mode === 'unknown')
    return 'The board does not say its mode: check the baud rate, and that it runs a sketch that announces one.';
  return null;
}

function bootHint(state: BoardState): string | null {
  switch (state.boot.error?.kind) {
    case 'no-image':
      return 'The flash holds no firmware at address 0: flash an image.';
    case 'checksum':
    case 'bad-segment':
      return 'The firmware in flash is damaged: flash it again.';
    case 'flash-read':
      return 'The ROM cannot read the flash: flash again with mode DOUT, or check the flash chip.';
    case 'unknown-reset':
      return 'The ROM does not know why it was reset: switch the power off and on, and check that RST is not tied to CH_PD.';
    case 'flash-size':
      return 'The firmware was built for another flash size: build it for the size of this board.';
    case undefined:
      break;
  }
  if (state.mode === 'bootloader') {
    // Straps are latched at hardware resets only, so a restart by software falls back into the loader.
    return 'Press RST once: the board sits in its bootloader, and only a hardware reset with GPIO0 high leads out.';
  }
  switch (state.boot.mode) {
    case 'sdio':
      return 'GPIO15 is high at reset: it needs a pull-down to ground.';
    case 'wait':
      return 'GPIO0 and GPIO2 are low at reset: let both go, then press RST.';
    case 'ram':
      return 'GPIO2 is low at reset: let it go, then press RST.';
    case 'flash':
    case 'uart-download':
    case 'unknown':
    case null:
      return null;
  }
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
