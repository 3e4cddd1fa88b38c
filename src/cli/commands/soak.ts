import { EspwatchError, isEspwatchError } from '../../errors.js';
import { RunFolder } from '../../journal/run-folder.js';
import { printable } from '../../printable.js';
import { createDesk } from '../../session/desk.js';
import type { LendingDesk } from '../../session/desk-types.js';
import { keepAwake } from '../../soak/awake.js';
import { checkNotifyUrl, Hooks } from '../../soak/hooks.js';
import type { Ledger } from '../../soak/ledger-types.js';
import { jsonReport } from '../../soak/report/json.js';
import { terminalReport } from '../../soak/report/terminal.js';
import type { SoakRun } from '../../soak/run.js';
import { openSymbols } from '../../symbols/symbols.js';
import { deskWorld } from '../desk-world.js';
import { EXIT } from '../exit.js';
import { networkAccess } from '../network.js';
import type { Context, NetworkOptions } from '../program.js';
import { ResetNews } from '../reset-news.js';
import { hasScreen, onScreen } from '../screen.js';
import { folderName, hostTime, soakBoards } from '../soak-live.js';
import { SoakPanel } from '../soak-panel.js';
import { type PlanOptions, soakPlan } from '../soak-plan.js';
import { type ReportFiles, reportInput, type SymbolOptions, writeReports } from '../soak-report.js';
import { newStart, openAll, type SoakStart, startFrom } from '../soak-start.js';
import { statusLine } from '../soak-status.js';

export interface SoakOptions extends PlanOptions, NetworkOptions, ReportFiles, SymbolOptions {
  readonly fault: readonly string[];
  /** A folder for the run; by default one named by the date. */
  readonly out?: string;
  /** The folder of a run to go on with. */
  readonly resume?: string;
  readonly onReset?: string;
  readonly notify?: string;
  readonly awake: boolean;
}

const STATUS_MS = 60_000;
const UNSEEN_ROWS = 100;

/** `espwatch soak`: watches boards for hours and keeps all of it in a folder; 0 only if every threshold holds. */
export async function soak(context: Context, options: SoakOptions): Promise<number> {
  const { output, signal } = context;
  if (options.notify !== undefined) checkNotifyUrl(options.notify);
  if (options.resume !== undefined) checkResume(options);
  const network = await networkAccess(options);
  // What can't be read in the morning is told in the evening.
  if (options.elf !== undefined) await openSymbols(options.elf, signal);
  const resumed = options.resume === undefined ? null : await RunFolder.resume(options.resume);
  let folder = resumed?.folder ?? null;
  let desk: LendingDesk | null = null;
  let letSleep: (() => void) | null = null;
  try {
    const start =
      resumed === null
        ? newStart(await soakPlan(options, () => pluggedIn(context)))
        : await startFrom(resumed.folder.path, resumed.run);
    for (const { file, kind } of resumed?.damage ?? [])
      output.note(`Damaged, read as far as it goes: ${file} (${kind}).`);
    const time = hostTime(start.until);
    let opening = 0;
    desk = createDesk(deskWorld({ network, faults: options.fault }), {
      appBaud: start.record.plan.baud,
      now: () => time.now(),
      resume: () => start.states[opening],
      patient: start.part > 1,
      // Nobody scrolls back where there is no screen.
      ...(hasScreen(context) ? {} : { logRows: UNSEEN_ROWS }),
    });
    const names = await openAll(desk, start, (board) => (opening = board), output, signal);
    folder ??= await RunFolder.create(options.out ?? folderName(new Date()), start.record);
    output.note(`The run is kept in ${folder.path}; Ctrl-C ends it with its report.`);
    letSleep = options.awake ? await keepAwake() : null;
    if (options.awake && letSleep === null) output.note('Nothing here keeps this computer from going to sleep.');
    const ledger = await watched(context, options, { desk, names, folder, start, time });
    await desk.close();
    await folder.close();
    return await finish(context, options, folder.path, start, ledger);
  } finally {
    letSleep?.();
    await desk?.close();
    await folder?.close();
  }
}

/** A run keeps to its plan: what else is said would be passed over in silence. */
function checkResume(options: SoakOptions): void {
  const { port, baud, plan, out, probeEvery, cycleModes, silence, targetMtbf } = options;
  const { maxResets, maxProbeFailures, maxHeapLoss, minHeap } = options;
  const limits = [maxResets, maxProbeFailures, maxHeapLoss, minHeap];
  const others = [options.for, baud, plan, out, probeEvery, cycleModes, silence, targetMtbf, ...limits];
  if (port.length === 0 && others.every((option) => option === undefined)) return;
  throw new EspwatchError(
    'USAGE',
    '--resume goes on with the plan of the run: ports, times and thresholds are in it.',
    'Leave those options out. How the boards are asked (--broker, --ca, credentials) is not kept: give it again.',
  );
}

async function pluggedIn({ output }: Context): Promise<readonly string[]> {
  const { choosePort, listPorts } = await import('../../serial/ports.js');
  const { path } = choosePort(await listPorts());
  output.note(`Watching ${path}.`);
  return [path];
}

interface Running {
  readonly desk: LendingDesk;
  readonly names: readonly string[];
  readonly folder: RunFolder;
  readonly start: SoakStart;
  readonly time: ReturnType<typeof hostTime>;
}

/** On a terminal with its screen, else with one line a minute and one for each piece of news. */
async function watched(context: Context, options: SoakOptions, running: Running): Promise<Ledger> {
  const panel = hasScreen(context) ? new SoakPanel(running.desk, running.time) : null;
  const tell = (news: string): void => {
    if (panel === null) context.output.note(printable(news, 300));
    else panel.tell(news);
  };
  const news = new ResetNews();
  const hooks = new Hooks({ command: options.onReset ?? null, url: options.notify ?? null, onFailure: tell });
  const watch = (signal: AbortSignal, onRun: (run: SoakRun) => void): Promise<Ledger> =>
    soakBoards({
      ...running,
      signal,
      onRun,
      onNews: tell,
      onReset: (board, cause, text) => {
        // The screen lists resets by itself.
        const line = panel === null ? news.line(board, running.time.now(), text) : null;
        if (line !== null) tell(line);
        hooks.reset({ board, cause, text, time: new Date().toISOString() });
      },
    });
  try {
    return panel === null ? await watchInLines(context, watch) : await watchOnScreen(context, running, panel, watch);
  } finally {
    await hooks.close();
  }
}

type WatchBoards = (signal: AbortSignal, onRun: (run: SoakRun) => void) => Promise<Ledger>;

async function watchInLines({ output, signal }: Context, watch: WatchBoards): Promise<Ledger> {
  let status: NodeJS.Timeout | undefined;
  try {
    return await watch(signal, (run) => {
      status = setInterval(() => output.note(statusLine(run.ledger(), run.remainingMs())), STATUS_MS);
    });
  } finally {
    clearInterval(status);
  }
}

async function watchOnScreen(
  context: Context,
  { desk, folder, time }: Running,
  panel: SoakPanel,
  watch: WatchBoards,
): Promise<Ledger> {
  const stop = new AbortController();
  // Its stop key ends this run.
  const soak = {
    view: () => panel.view(),
    onChange: (listener: () => void) => panel.onChange(listener),
    start: () => undefined,
    stop: () => stop.abort(),
  };
  try {
    return await onScreen(
      desk,
      context,
      { soak, now: () => time.now(), initial: { dialogs: [{ kind: 'soak', scroll: 0 }] } },
      (signal) => watch(AbortSignal.any([signal, stop.signal]), (run) => panel.follow(run, null, folder.path)),
    );
  } finally {
    await panel.close();
  }
}

async function finish(
  { output, signal }: Context,
  options: SoakOptions,
  path: string,
  start: SoakStart,
  ledger: Ledger,
): Promise<number> {
  // A run that was stopped by hand still has its report.
  const unhurried = signal.aborted ? new AbortController().signal : signal;
  const tools = { output, signal: unhurried };
  const run = { record: start.record, ledger };
  const input = await reportInput(path, run, options, tools).catch(async (error: unknown) => {
    // The verdict of a night does not depend on symbols.
    if (!isEspwatchError(error)) throw error;
    output.note(printable(`Crashes stay without source lines: ${error.message}`));
    return await reportInput(path, run, { symbols: false }, tools);
  });
  output.result(jsonReport(input));
  output.print(terminalReport(input, (style, text) => output.style(style, text)));
  const written = await writeReports(input, options, output);
  output.note(`Again: espwatch report ${path} (--html FILE, --junit FILE, --md FILE, --json)`);
  if (ledger.ended === 'failed') {
    output.note(`The soak broke off. Go on with: espwatch soak --resume ${path}`);
    return EXIT.unexpected;
  }
  if (!input.verdict.passed) return EXIT.soak;
  // The report is the one document on stdout: no error goes behind it.
  if (ledger.ended === 'stopped') return EXIT.interrupted;
  return written ? EXIT.ok : EXIT.usage;
}
