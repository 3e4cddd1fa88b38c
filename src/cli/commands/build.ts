import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BOARDS, boardNamed } from '../../build/boards.js';
import { BuildFailed, type BuildReport, buildForChip, buildForSim } from '../../build/build.js';
import type { ToolName } from '../../build/build-tool.js';
import { type Diagnostic, diagnosticText } from '../../build/diagnostics.js';
import { printable } from '../../printable.js';
import { bytesText } from '../../units.js';
import { EXIT, errorJson } from '../exit.js';
import { noteBuild } from '../known-firmware.js';
import { table } from '../output.js';
import type { Context } from '../program.js';

export interface BuildCommandOptions {
  readonly board: string;
  readonly target: 'esp8266' | 'sim';
  readonly tool?: ToolName;
  readonly out?: string;
  readonly anyVersion?: true;
  readonly verbose?: true;
  readonly boards?: true;
}

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** `espwatch build`. */
export async function build({ output, signal }: Context, options: BuildCommandOptions): Promise<number> {
  if (options.boards === true) {
    output.result({ schema: 'espwatch.boards/1', boards: BOARDS });
    for (const line of table(BOARDS.map(({ name, what }) => [name, what]))) output.print(line);
    return EXIT.ok;
  }
  const board = options.target === 'sim' ? null : boardNamed(options.board);
  const plan = {
    root: ROOT,
    out: options.out ?? join('build', 'firmware'),
    signal,
    onLine: (line: string) =>
      options.verbose === true ? output.note(printable(line)) : output.progress(printable(line)),
  };
  const head = { schema: 'espwatch.build/1', target: options.target, board: board?.name ?? null };
  let report: BuildReport;
  try {
    report =
      board === null
        ? await buildForSim(plan)
        : await buildForChip({ ...plan, board, tool: options.tool ?? null, anyVersion: options.anyVersion === true });
  } catch (error) {
    if (!(error instanceof BuildFailed)) throw error;
    output.result({ ...head, passed: false, error: errorJson(error), diagnostics: error.diagnostics });
    for (const diagnostic of error.diagnostics) output.note(shown(output, diagnostic));
    output.note(`${output.style('red', 'error', 'err')} ${error.code}: ${printable(error.message)}`);
    output.note(`      ${error.hint}`);
    return EXIT.build;
  }
  const { tool, versions, artifacts, warnings } = report;
  await noteBuild(report, output);
  const files = artifacts.map((artifact) => ({ ...artifact, path: relative('', artifact.path) }));
  output.result({ ...head, passed: true, tool, versions, artifacts: files, diagnostics: warnings });
  for (const warning of warnings) output.note(shown(output, warning));
  if (board !== null) {
    const { core, library } = versions;
    output.print(`${board.name}: built with ${tool} ${versions.tool ?? ''}, core ${core}, PubSubClient ${library}`);
  }
  for (const { path, bytes, sha256 } of files) output.print(`${path}  ${bytesText(bytes)}  sha256 ${sha256}`);
  return EXIT.ok;
}

function shown(output: Context['output'], diagnostic: Diagnostic): string {
  const text = printable(diagnosticText(diagnostic));
  return output.style(diagnostic.severity === 'error' ? 'red' : 'yellow', text, 'err');
}
