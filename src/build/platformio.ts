import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EspwatchError } from '../errors.js';
import type { Board } from './boards.js';
import type { BuildTool, Versions } from './build-tool.js';
import { runTool, type ToolOptions, type ToolRun } from './tool.js';
import { CORE_VERSION, coreOfFramework, LIBRARY, LIBRARY_VERSION, packagesListed, sameVersion } from './versions.js';

const FRAMEWORK = 'framework-arduinoespressif8266';
const OLDEST = 6;

/** PlatformIO 6: fetches the versions that `platformio.ini` pins, unless they are there. */
export class PlatformIo implements BuildTool {
  readonly name = 'platformio';
  readonly #path: string;
  readonly #root: string;
  readonly #options: ToolOptions;

  constructor(path: string, root: string, options: ToolOptions) {
    this.#path = path;
    this.#root = root;
    this.#options = options;
  }

  async stage(stage: string, sources: readonly string[], board: Board): Promise<void> {
    const folder = join(stage, 'firmware');
    await mkdir(folder);
    for (const source of sources) await copyFile(source, join(folder, basename(source)));
    const project = await readFile(join(this.#root, 'platformio.ini'), 'utf8').catch((cause: unknown) => {
      throw new EspwatchError('BUILD_NO_SKETCH', 'platformio.ini is not here.', 'Run it in a clone of the project.', {
        cause,
      });
    });
    await writeFile(join(stage, 'platformio.ini'), withEnvironment(project, board));
  }

  async versions(stage: string, board: Board, anyVersion: boolean): Promise<Versions> {
    const { signal } = this.#options;
    const tool = /version\s+(\S+)/.exec((await runTool(this.#path, ['--version'], { signal })).stdout)?.[1] ?? null;
    if (tool === null || Number.parseInt(tool, 10) < OLDEST) {
      throw new EspwatchError(
        'BUILD_VERSION',
        `PlatformIO ${OLDEST} or newer is needed; this is ${tool ?? 'something else'}.`,
        'Run: pipx upgrade platformio',
      );
    }
    this.#options.onLine?.('fetching what platformio.ini pins, unless it is there');
    await this.#run(stage, ['pkg', 'install', '-e', board.pio], 'fetch core and library', true);
    const listed = packagesListed(
      (await this.#run(stage, ['pkg', 'list', '-e', board.pio], 'list its packages')).stdout,
    );
    const core = coreOfFramework(listed.get(FRAMEWORK) ?? '');
    const library = listed.get(LIBRARY) ?? null;
    for (const [what, found, wanted] of [
      ['the ESP8266 core', core, CORE_VERSION],
      [LIBRARY, library, LIBRARY_VERSION],
    ] as const) {
      if (found !== null && (anyVersion || sameVersion(found, wanted))) continue;
      throw new EspwatchError(
        'BUILD_VERSION',
        `PlatformIO brought ${what} in version ${found ?? 'unknown'}; the sketch was written for ${wanted}.`,
        'Set the versions in platformio.ini right, or build with --any-version.',
      );
    }
    return { tool, core, library };
  }

  async compile(stage: string, board: Board): Promise<{ run: ToolRun; bin: string; elf: string }> {
    const run = await runTool(this.#path, ['--no-ansi', 'run', '-d', stage, '-e', board.pio], this.#options);
    const out = join(stage, '.pio/build', board.pio);
    return { run, bin: join(out, 'firmware.bin'), elf: join(out, 'firmware.elf') };
  }

  async #run(
    stage: string,
    [command, verb, ...rest]: readonly string[],
    what: string,
    shown = false,
  ): Promise<ToolRun> {
    const { signal } = this.#options;
    const args = ['--no-ansi', command ?? '', verb ?? '', '-d', stage, ...rest];
    const run = await runTool(this.#path, args, shown ? this.#options : { signal });
    if (run.code === 0) return run;
    const last = run.output.trim().split(/\r?\n/).at(-1) ?? '';
    throw new EspwatchError(
      'BUILD_FETCH',
      `PlatformIO could not ${what} (code ${run.code}): ${last.trim().replace(/[.:]$/, '').slice(0, 300)}.`,
      'Check the network connection, then try again.',
    );
  }
}

/** The project's `platformio.ini` with an environment for this board. */
export function withEnvironment(project: string, { pio }: Board): string {
  if (project.split(/\r?\n/).some((line) => line.trim() === `[env:${pio}]`)) return project;
  return `${project.trimEnd()}\n\n[env:${pio}]\nboard = ${pio}\n`;
}
