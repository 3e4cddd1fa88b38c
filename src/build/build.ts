import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { EspwatchError, messageOf } from '../errors.js';
import { ArduinoCli } from './arduino-cli.js';
import type { Board } from './boards.js';
import { type BuildTool, SKETCH, type ToolName, type Versions } from './build-tool.js';
import { type Diagnostic, diagnosticsIn, diagnosticText } from './diagnostics.js';
import { PlatformIo } from './platformio.js';
import { findOnPath, runTool, type ToolRun } from './tool.js';

export interface BuildOptions {
  /** The project: holds `firmware/` and `platformio.ini`. */
  readonly root: string;
  /** Where the results go. */
  readonly out: string;
  readonly signal: AbortSignal;
  /** What is being done, and each line of the tool. */
  readonly onLine?: (line: string) => void;
}

export interface ChipBuildOptions extends BuildOptions {
  readonly board: Board;
  /** Null: arduino-cli when it is there, else PlatformIO. */
  readonly tool: ToolName | null;
  /** Versions that differ from the sketch's are taken. */
  readonly anyVersion: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Artifact {
  readonly kind: 'bin' | 'elf' | 'wasm';
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface BuildReport {
  readonly tool: ToolName | 'clang';
  readonly versions: Versions;
  readonly artifacts: readonly Artifact[];
  readonly warnings: readonly Diagnostic[];
}

/** A sketch that does not compile or link: BUILD_FAILED, with what the compiler said. */
export class BuildFailed extends EspwatchError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(run: ToolRun, diagnostics: readonly Diagnostic[]) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    const [first] = errors;
    const what =
      first === undefined
        ? `the tool ended with code ${run.code}: ${lastWords(run.output)}`
        : `${errors.length} error${errors.length === 1 ? '' : 's'}, first ${diagnosticText(first)}`;
    super('BUILD_FAILED', `The sketch was not built: ${what}.`, 'Run again with --verbose for all that the tool said.');
    this.diagnostics = diagnostics;
  }
}

/**
 * Compiles the sketch for a real board; `.bin` and `.elf` go to `out`. Throws BUILD_*.
 * The sources are copied to a temporary folder, for the tools want them in a folder of the sketch's name.
 */
export async function buildForChip(options: ChipBuildOptions): Promise<BuildReport> {
  const { root, out, board, signal, onLine, anyVersion } = options;
  const sources = await sketchSources(root);
  const tool = await toolFor(options);
  const stage = await mkdtemp(join(tmpdir(), 'espwatch-build-'));
  try {
    await tool.stage(stage, sources, board);
    const versions = await tool.versions(stage, board, anyVersion);
    onLine?.(`compiling for ${board.name} with ${tool.name}`);
    const { run, bin, elf } = await tool.compile(stage, board);
    const names = sources.map((source) => source.split(/[/\\]/).at(-1) ?? source);
    const diagnostics = diagnosticsIn(run.output, names);
    signal.throwIfAborted();
    if (run.code !== 0) throw new BuildFailed(run, diagnostics);
    const base = join(out, `${SKETCH}.${board.name}`);
    const artifacts = await collect([
      { kind: 'bin', from: bin, to: `${base}.bin` },
      { kind: 'elf', from: elf, to: `${base}.elf` },
    ]);
    return { tool: tool.name, versions, artifacts, warnings: diagnostics };
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** The build script's word for: BearSSL's source cannot be had. */
const NO_SOURCE = 3;

/** Builds the flash image for the virtual board with the project's own script. Throws BUILD_*. */
export async function buildForSim({ root, out, signal, onLine }: BuildOptions): Promise<BuildReport> {
  await sketchSources(root);
  const script = join(root, 'firmware/sim/build.mjs');
  const stage = await mkdtemp(join(tmpdir(), 'espwatch-build-'));
  const [bin, wasm] = [join(stage, 'image.bin'), join(stage, 'program.wasm')];
  try {
    const run = await runTool(process.execPath, [script, '--out', bin, '--debug-wasm', wasm], {
      signal,
      ...(onLine === undefined ? {} : { onLine }),
    });
    const sources = (await readdir(join(root, 'firmware'))).filter(isSource);
    const diagnostics = diagnosticsIn(run.output, sources);
    if (run.code === NO_SOURCE) {
      throw new EspwatchError(
        'BUILD_NO_TOOL',
        `The virtual board's build lacks the source of BearSSL: ${lastWords(run.output)}.`,
        'See firmware/README.md on where it comes from.',
      );
    }
    if (run.code !== 0 && run.output.includes('ERR_MODULE_NOT_FOUND')) {
      throw new EspwatchError(
        'BUILD_NO_TOOL',
        'The compiler for the virtual board is not installed: it is a development package.',
        'Run npm install in a clone of the project.',
      );
    }
    if (run.code !== 0) throw new BuildFailed(run, diagnostics);
    const artifacts = await collect([
      { kind: 'bin', from: bin, to: join(out, `${SKETCH}.virtual.bin`) },
      { kind: 'wasm', from: wasm, to: join(out, `${SKETCH}.virtual.wasm`) },
    ]);
    return { tool: 'clang', versions: { tool: null, core: null, library: null }, artifacts, warnings: diagnostics };
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** The tool that was asked for, or the first that is on PATH. Throws BUILD_NO_TOOL. */
async function toolFor({ tool, env, signal, onLine, root }: ChipBuildOptions): Promise<BuildTool> {
  const options = { signal, ...(onLine === undefined ? {} : { onLine }) };
  if (tool !== 'platformio') {
    const path = await findOnPath('arduino-cli', env);
    if (path !== null) return new ArduinoCli(path, options);
  }
  if (tool !== 'arduino-cli') {
    const path = (await findOnPath('pio', env)) ?? (await findOnPath('platformio', env));
    if (path !== null) return new PlatformIo(path, root, options);
  }
  const [message, hint] =
    tool === 'arduino-cli'
      ? ['arduino-cli is not on PATH', ARDUINO_HINT]
      : tool === 'platformio'
        ? ['PlatformIO (pio) is not on PATH', PIO_HINT]
        : ['Neither arduino-cli nor PlatformIO (pio) is on PATH', `${PIO_HINT} Or: ${ARDUINO_HINT}`];
  throw new EspwatchError('BUILD_NO_TOOL', `${message}.`, hint);
}

const ARDUINO_HINT = 'Install arduino-cli (https://arduino.github.io/arduino-cli/latest/installation/).';
const PIO_HINT = 'Install PlatformIO with "pipx install platformio"; it fetches core and library by itself.';

function isSource(name: string): boolean {
  return /\.(ino|h|cpp)$/.test(name);
}

/** Paths of the sketch's own files. Throws BUILD_NO_SKETCH. */
async function sketchSources(root: string): Promise<readonly string[]> {
  const folder = join(root, 'firmware');
  const names = await readdir(folder).catch((): string[] => []);
  if (!names.includes(`${SKETCH}.ino`)) {
    throw new EspwatchError(
      'BUILD_NO_SKETCH',
      `The source of the sketch (firmware/${SKETCH}.ino) is not here.`,
      'Run it in a clone of the project.',
    );
  }
  return names.filter(isSource).map((name) => join(folder, name));
}

async function collect(
  wanted: readonly { readonly kind: Artifact['kind']; readonly from: string; readonly to: string }[],
): Promise<readonly Artifact[]> {
  // All is read before anything is written: half a result is none.
  const made: { readonly kind: Artifact['kind']; readonly to: string; readonly bytes: Uint8Array }[] = [];
  for (const { kind, from, to } of wanted) {
    const bytes = await readFile(from).catch((cause: unknown) => {
      throw new EspwatchError(
        'BUILD_FAILED',
        `The tool reported success but made no .${kind} file.`,
        'Run again with --verbose for all that the tool said.',
        { cause },
      );
    });
    made.push({ kind, to, bytes });
  }
  const artifacts: Artifact[] = [];
  for (const { to } of made) await makeFolder(dirname(to));
  for (const { kind, to, bytes } of made) {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await writeFile(to, bytes).catch((cause: unknown) => {
      throw notWritable(to, cause);
    });
    // In the form that `sha256sum -c` reads.
    await writeFile(`${to}.sha256`, `${sha256}  ${basename(to)}\n`);
    artifacts.push({ kind, path: to, bytes: bytes.length, sha256 });
  }
  return artifacts;
}

/** Makes a folder and those above it. Throws USAGE. */
async function makeFolder(path: string): Promise<void> {
  // Not `recursive`: Node tries for ever in places such as /proc, where the parent is there and nothing can be made.
  await mkdir(path).catch(async (cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    const parentIsThere = await stat(parent).then(
      () => true,
      () => false,
    );
    if (cause.code !== 'ENOENT' || parentIsThere || parent === path) throw notWritable(path, cause);
    await makeFolder(parent);
    await mkdir(path).catch((error: unknown) => {
      throw notWritable(path, error);
    });
  });
}

function notWritable(path: string, cause: unknown): EspwatchError {
  const hint = 'Name a folder that you may write to with --out.';
  return new EspwatchError('USAGE', `${path} can't be written: ${messageOf(cause)}.`, hint, { cause });
}

function lastWords(output: string): string {
  const words = output.trim().split(/\r?\n/).at(-1)?.trim().replace(/\.$/, '') ?? '';
  return words === '' ? 'it said nothing' : words.slice(0, 300);
}
