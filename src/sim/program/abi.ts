import { EspwatchError } from '../../errors.js';
import { type WasmModule, WebAssembly } from './web-assembly.js';

/** The imports of ABI "esp1" (VIRTUAL-BOARD: "Host imports"); the name of the module carries the version. */
export const BOARD_IMPORTS = [
  'millis',
  'micros',
  'delay',
  'yield',
  'wdt_feed',
  'rtc_time',
  'sntp',
  'random',
  'sysinfo',
  'restart',
  'panic',
  'uart_begin',
  'uart_write',
  'uart_avail',
  'uart_read',
  'flash_read',
  'flash_write',
  'flash_erase',
  'rtc_read',
  'rtc_write',
  'gpio_mode',
  'gpio_write',
  'gpio_read',
  'adc_read',
  'wifi_ctl',
  'net_open',
  'net_err',
  'net_avail',
  'net_state',
  'net_close',
  'net_read',
  'net_write',
  'net_listen',
  'net_accept',
  'net_unlisten',
] as const;

export type BoardImport = (typeof BOARD_IMPORTS)[number];

/** libc++abi and stdio refer to these; a board has no files. */
export const WASI_IMPORTS = ['fd_close', 'fd_seek', 'fd_write'] as const;

export const MEMORY_PAGES = 3;
const EXPORTS = ['_initialize', 'setup', 'loop'];
const LARGEST_TABLE = 4096;

const TABLE_SECTION = 4;
const MEMORY_SECTION = 5;

/**
 * Compiles a program and makes sure that it asks for nothing but the board: a flashed image is untrusted.
 * Throws `SIM_PROGRAM`.
 */
export function compileProgram(wasm: Uint8Array): WasmModule {
  let module: WasmModule;
  try {
    // A copy: WebAssembly takes no view of shared memory.
    module = new WebAssembly.Module(new Uint8Array(wasm));
  } catch (cause) {
    throw unusable('is not a WebAssembly module', { cause });
  }
  let hasMemory = false;
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const known =
      (kind === 'function' && from === 'esp1' && (BOARD_IMPORTS as readonly string[]).includes(name)) ||
      (kind === 'function' &&
        from === 'wasi_snapshot_preview1' &&
        (WASI_IMPORTS as readonly string[]).includes(name)) ||
      (kind === 'memory' && from === 'env' && name === 'memory');
    if (!known) throw unusable(`wants ${from}.${name} (${kind}), which this board does not have`);
    if (kind === 'memory') hasMemory = true;
  }
  if (!hasMemory) throw unusable("does not use the board's memory");
  const exported = WebAssembly.Module.exports(module);
  for (const name of EXPORTS) {
    if (!exported.some((e) => e.name === name && e.kind === 'function')) throw unusable(`has no function ${name}()`);
  }
  checkOwnStorage(wasm);
  return module;
}

/** Memories and tables of the module's own would not count against the board's memory. */
function checkOwnStorage(wasm: Uint8Array): void {
  for (const { id, body } of sections(wasm)) {
    if (id === MEMORY_SECTION && body[0] !== 0) throw unusable('brings a memory of its own');
    if (id !== TABLE_SECTION) continue;
    const reader = new Leb(body);
    for (let count = reader.u32(); count > 0; count--) {
      // Reference type, flags (bit 0: has a maximum), minimum, maximum.
      reader.u32();
      const flags = reader.u32();
      reader.u32();
      if (flags !== 1 || reader.u32() > LARGEST_TABLE) throw unusable('has a function table without a small limit');
    }
  }
}

function* sections(wasm: Uint8Array): Generator<{ id: number; body: Uint8Array }> {
  const reader = new Leb(wasm);
  reader.at = 8;
  while (reader.at < wasm.length) {
    const id = reader.u32();
    const size = reader.u32();
    yield { id, body: wasm.subarray(reader.at, reader.at + size) };
    reader.at += size;
  }
}

/** Reads unsigned LEB128 numbers. */
class Leb {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
}

function unusable(what: string, options?: { cause?: unknown }): EspwatchError {
  return new EspwatchError(
    'SIM_PROGRAM',
    `The program in the flash ${what}.`,
    'Flash an image that was built for this version of the virtual board.',
    options,
  );
}
