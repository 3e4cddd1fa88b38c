import { flashBoard } from '../../flash/flash.js';
import type { FlashPart } from '../../flash/plan.js';
import { printable } from '../../printable.js';
import { runCheck, type Step } from '../../session/check.js';
import type { NetworkAccess } from '../../session/detect.js';
import { BoardSession } from '../../session/session.js';
import { bar } from '../../units.js';
import { EXIT } from '../exit.js';
import { progressText } from '../flash-progress.js';
import { prebuiltPart, readParts } from '../images.js';
import { networkAccess } from '../network.js';
import { table } from '../output.js';
import type { Context, NetworkOptions, PortOptions } from '../program.js';
import { type OpenTarget, openTarget } from '../target.js';
import { virtualWorld } from '../virtual-world.js';

export interface CheckOptions extends PortOptions, NetworkOptions {
  readonly images: readonly string[];
  /** On the virtual board: MQTT without TLS. */
  readonly plainMqtt?: true;
  /** Seconds. */
  readonly timeout: number;
}

/** What a check needs beside the port: what to flash, how to ask. */
interface World {
  readonly parts: readonly FlashPart[];
  readonly network: NetworkAccess;
  close(): Promise<void>;
}

/** `espwatch check`. */
export async function check({ output, signal }: Context, options: CheckOptions): Promise<number> {
  const target = await openTarget(options, output, 'sim:');
  const world = await worldOf(target, options).catch(async (error: unknown) => {
    await target.dispose();
    throw error;
  });
  const session = new BoardSession({ link: target.link, appBaud: options.baud });
  const view = await stepView(output, `espwatch check of ${printable(target.name, 80)}`);
  let steps: readonly Step[] = [];
  try {
    await session.open(signal);
    steps = await runCheck(
      session,
      {
        flash:
          world.parts.length === 0
            ? null
            : (onProgress) =>
                session.lease(() =>
                  flashBoard(target.link, world.parts, {
                    appBaud: options.baud,
                    signal,
                    onProgress,
                    onChunk: (chunk) => session.ingest(chunk),
                  }),
                ),
        network: world.network,
        timeoutMs: options.timeout * 1000,
        signal,
      },
      {
        onSteps: view.steps,
        onProgress: (progress) =>
          view.progress(progress.total === 0 ? 0 : progress.done / progress.total, progressText(progress)),
      },
    );
  } finally {
    await view.end();
    await session.close();
    await world.close();
    await target.dispose();
  }
  const failed = steps.find((step) => step.status === 'failed');
  output.result({
    schema: 'espwatch.check/1',
    port: target.name,
    mac: session.state.mac,
    passed: failed === undefined,
    steps: steps.map(({ name, status, detail }) => ({ name, status, detail })),
  });
  if (failed === undefined) {
    const switched = steps.some(({ name, status }) => name === 'switch back' && status === 'passed');
    const what = switched ? 'both modes came up, and ' : '';
    output.print(output.style('green', `All confirmed: ${what}the network agrees with the serial line.`));
    return EXIT.ok;
  }
  output.print(output.style('red', `Failed at "${failed.name}".`));
  return failed.failure === null ? EXIT.unexpected : EXIT[failed.failure];
}

/**
 * A real board is taken as it is, with the broker that the options name. The virtual board gets the prebuilt
 * sketch, and settings that lead it to the broker that was named or to one of its own.
 */
async function worldOf(target: OpenTarget, options: CheckOptions): Promise<World> {
  const network = await networkAccess(options);
  const parts = options.images.length > 0 || !target.virtual ? await readParts(options.images) : await prebuiltPart();
  if (!target.virtual) return { parts, network, close: async () => undefined };
  const world = await virtualWorld(network.broker, options.plainMqtt === true);
  return { parts: [...parts, world.settings], network: { ...network, broker: world.broker }, close: world.close };
}

interface StepView {
  steps(steps: readonly Step[]): void;
  progress(fraction: number, label: string): void;
  end(): Promise<void>;
}

async function stepView(output: Context['output'], title: string): Promise<StepView> {
  if (output.interactive) {
    const { showCheck } = await import('../../tui/check-screen.js');
    const screen = showCheck({ title, steps: [], progress: null });
    return {
      steps: (steps) => screen.show({ steps: steps.map(safeStep), progress: null }),
      progress: (fraction, label) => screen.show({ progress: { fraction, label } }),
      end: () => screen.end(),
    };
  }
  let last: readonly Step[] = [];
  output.note(title);
  return {
    steps(steps) {
      const begun = steps.find((step, i) => step.status === 'running' && last[i]?.status !== 'running');
      if (begun !== undefined) output.note(`  ${begun.name} ...`);
      last = steps;
    },
    progress: (fraction, label) => output.progress(`${bar(fraction)} ${label}`),
    async end() {
      const rows = last.map(safeStep).map(({ name, status, detail }) => [status.toUpperCase(), name, detail]);
      for (const line of table(rows)) output.print(line);
    },
  };
}

function safeStep(step: Step): Step {
  return { ...step, detail: printable(step.detail, 300) };
}
