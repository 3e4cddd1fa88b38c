import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { EspwatchError, isEspwatchError, messageOf } from '../errors.js';
import { addr2lineArgs, addr2lineInput, parseAddr2line } from './addr2line.js';
import { type CodeFile, isCode, readCodeFile } from './code-file.js';
import { readableName } from './demangle.js';
import { findTools, HERE, type Surroundings } from './find-tools.js';
import { type Frame, frameOf } from './frame.js';
import { romFunction } from './rom.js';
import { runTool } from './run-tool.js';

/** ELF files of the Arduino core have 1 to 10 MB. */
const FILE_MOST = 128 << 20;
const TOOL_MS = 30_000;
/** Addresses for one run of the tool. */
const BATCH = 4096;

/** A firmware's functions, files and lines. */
export interface Symbols {
  /** Absolute path. */
  readonly file: string;
  /** SHA-256 of the file, in hex. */
  readonly sha256: string;
  readonly code: CodeFile;
  /** The addr2line that tells lines; null when none is there, none is needed, or none has been asked yet. */
  readonly tool: string | null;
  /** Why there are no files and lines, one sentence; null when there are. */
  readonly shortcoming: string | null;
  /**
   * What is at each address, innermost function first; nothing for an address outside of the code. Addresses are
   * looked up as they are: for a word from the stack ask with `code.callSite(word)`. Throws ABORTED.
   */
  resolve(addresses: Iterable<number>): Promise<ReadonlyMap<number, readonly Frame[]>>;
}

/**
 * Opens an ELF for the ESP8266, or the virtual board's `.wasm` with names, as `espwatch build` makes them.
 * Throws SYMBOLS_ELF when it is neither; ABORTED.
 */
export async function openSymbols(file: string, signal: AbortSignal, here: Surroundings = HERE): Promise<Symbols> {
  const path = resolve(file);
  const bytes = await readWhole(path, file, signal);
  const code = readCodeFile(bytes, basename(path));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return new FileSymbols(path, sha256, code, signal, here);
}

class FileSymbols implements Symbols {
  readonly file: string;
  readonly sha256: string;
  readonly code: CodeFile;
  readonly #signal: AbortSignal;
  readonly #here: Surroundings;
  readonly #known = new Map<number, readonly Frame[]>();
  #tools: readonly string[] | null = null;
  #tool: string | null = null;
  #trouble: string | null = null;

  constructor(file: string, sha256: string, code: CodeFile, signal: AbortSignal, here: Surroundings) {
    this.file = file;
    this.sha256 = sha256;
    this.code = code;
    this.#signal = signal;
    this.#here = here;
  }

  get tool(): string | null {
    return this.#tool;
  }

  get shortcoming(): string | null {
    if (!this.code.hasLines) return 'The file has no debug information: functions are known, files and lines are not.';
    if (this.#trouble !== null) return this.#trouble;
    if (this.#tools?.length !== 0) return null;
    const wanted = this.code.format === 'wasm' ? 'llvm-addr2line' : 'xtensa-lx106-elf-addr2line';
    return `${wanted} is not installed: functions are known, files and lines are not.`;
  }

  async resolve(addresses: Iterable<number>): Promise<ReadonlyMap<number, readonly Frame[]>> {
    const wanted = [...new Set(addresses)];
    const fresh = wanted.filter((address) => !this.#known.has(address));
    const inCode = fresh.filter((address) => isCode(this.code, address));
    for (let from = 0; from < inCode.length; from += BATCH) await this.#ask(inCode.slice(from, from + BATCH));
    for (const address of fresh) if (!this.#known.has(address)) this.#known.set(address, this.#byTable(address));
    return new Map(wanted.map((address) => [address, this.#known.get(address) ?? []]));
  }

  async #ask(addresses: readonly number[]): Promise<void> {
    if (!this.code.hasLines) return;
    this.#tools ??= await findTools(this.code.format, this.#here);
    const input = addr2lineInput(addresses.map((address) => this.code.toolAddress(address)));
    for (const tool of this.#tools) {
      try {
        const options = { input, timeoutMs: TOOL_MS, signal: this.#signal };
        const answers = parseAddr2line(await runTool(tool, addr2lineArgs(this.file), options));
        for (const address of addresses) {
          const frames = answers.get(this.code.toolAddress(address)) ?? [];
          if (frames.length > 0) this.#known.set(address, this.#checked(address, frames));
        }
        // The one that worked is the one to ask again.
        this.#tools = [tool];
        this.#tool = tool;
        this.#trouble = null;
        return;
      } catch (error) {
        if (!isEspwatchError(error, 'SYMBOLS_TOOL')) throw error;
        this.#trouble ??= `${error.message} Functions are known, files and lines are not.`;
      }
    }
  }

  /** Code without debug information: the tool knows the function, the symbol table knows it better. */
  #checked(address: number, frames: readonly Frame[]): readonly Frame[] {
    return frames.every(({ file }) => file === null) ? this.#byTable(address, frames) : frames;
  }

  #byTable(address: number, otherwise: readonly Frame[] = []): readonly Frame[] {
    const name = this.code.functions.at(address)?.name ?? romFunction(address);
    return name === undefined || name === null ? otherwise : [frameOf(readableName(name), null, null, false)];
  }
}

async function readWhole(path: string, name: string, signal: AbortSignal): Promise<Uint8Array> {
  try {
    const handle = await open(path);
    try {
      const { size } = await handle.stat();
      if (size > FILE_MOST) {
        throw new EspwatchError(
          'SYMBOLS_ELF',
          `${name} has ${size} bytes: no ELF of an ESP8266 is that large.`,
          'Check the path.',
        );
      }
      return await handle.readFile({ signal });
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof EspwatchError) throw cause;
    signal.throwIfAborted();
    throw new EspwatchError('SYMBOLS_ELF', `${name} can't be read: ${messageOf(cause)}.`, 'Check the path.', { cause });
  }
}
