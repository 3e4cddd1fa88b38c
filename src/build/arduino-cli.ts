import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EspwatchError } from '../errors.js';
import type { Board } from './boards.js';
import { type BuildTool, SKETCH, type Versions } from './build-tool.js';
import { runTool, type ToolOptions, type ToolRun } from './tool.js';
import { CORE_VERSION, coreInstalled, LIBRARY, LIBRARY_VERSION, libraryInstalled, sameVersion } from './versions.js';

const CORE_ID = 'esp8266:esp8266';
const CORE_INDEX = 'https://arduino.esp8266.com/stable/package_esp8266com_index.json';
const INSTALL_CORE = `arduino-cli core install ${CORE_ID}@${CORE_VERSION} --additional-urls ${CORE_INDEX}`;
const INSTALL_LIBRARY = `arduino-cli lib install ${LIBRARY}@${LIBRARY_VERSION}`;

/** arduino-cli, 0.13 or newer: the core and the library must be installed already. */
export class ArduinoCli implements BuildTool {
  readonly name = 'arduino-cli';
  readonly #path: string;
  readonly #options: ToolOptions;

  constructor(path: string, options: ToolOptions) {
    this.#path = path;
    this.#options = options;
  }

  async versions(_stage: string, _board: Board, anyVersion: boolean): Promise<Versions> {
    const version = await this.#json(['version']);
    const core = coreInstalled(await this.#json(['core', 'list']), CORE_ID);
    demand('The ESP8266 core', core, CORE_VERSION, INSTALL_CORE, anyVersion);
    const library = libraryInstalled(await this.#json(['lib', 'list']), LIBRARY);
    demand(`The library ${LIBRARY}`, library, LIBRARY_VERSION, INSTALL_LIBRARY, anyVersion);
    return { tool: versionIn(version), core, library };
  }

  async stage(stage: string, sources: readonly string[]): Promise<void> {
    const folder = join(stage, SKETCH);
    await mkdir(folder);
    for (const source of sources) await copyFile(source, join(folder, basename(source)));
  }

  async compile(stage: string, board: Board): Promise<{ run: ToolRun; bin: string; elf: string }> {
    const out = join(stage, 'out');
    const run = await runTool(
      this.#path,
      [
        'compile',
        '--fqbn',
        board.fqbn,
        '--warnings',
        'default',
        '--build-path',
        join(stage, 'build'),
        '--output-dir',
        out,
        join(stage, SKETCH),
      ],
      this.#options,
    );
    return { run, bin: join(out, `${SKETCH}.ino.bin`), elf: join(out, `${SKETCH}.ino.elf`) };
  }

  /** `--json` came with 1.0; before that it was `--format json`. */
  async #json(command: readonly string[]): Promise<unknown> {
    const { signal } = this.#options;
    let run = await runTool(this.#path, [...command, '--json'], { signal });
    if (run.code !== 0) run = await runTool(this.#path, [...command, '--format', 'json'], { signal });
    try {
      if (run.code === 0) return JSON.parse(run.stdout) as unknown;
    } catch {
      // Reported below.
    }
    throw new EspwatchError(
      'BUILD_NO_TOOL',
      `"arduino-cli ${command.join(' ')}" does not answer in JSON (code ${run.code}).`,
      'Install arduino-cli 0.13 or newer.',
    );
  }
}

function versionIn(document: unknown): string | null {
  if (typeof document !== 'object' || document === null || !('VersionString' in document)) return null;
  return typeof document.VersionString === 'string' ? document.VersionString : null;
}

function demand(what: string, found: string | null, wanted: string, install: string, anyVersion: boolean): void {
  if (found !== null && (anyVersion || sameVersion(found, wanted))) return;
  throw new EspwatchError(
    'BUILD_VERSION',
    found === null
      ? `${what} is not installed.`
      : `${what} is installed in version ${found}; the sketch was written for ${wanted}.`,
    `Run: ${install}${found === null ? '' : ', or build with --any-version'}`,
  );
}
