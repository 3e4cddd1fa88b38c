import { readFile } from 'node:fs/promises';
import { EspwatchError } from '../errors.js';
import type { SerialLink } from '../serial/link.js';
import { PortLink } from '../serial/port-link.js';
import { parseTarget } from '../serial/target.js';
import type { Fault, SimBoard } from '../sim/index.js';
import type { Output } from './output.js';
import type { PortOptions } from './program.js';

/** The sketch for the virtual board, as it is shipped. */
export const PREBUILT_IMAGE = new URL('../../../firmware/prebuilt/tls_mqtt.virtual.bin', import.meta.url);

export interface OpenTarget {
  /** Not open yet. */
  readonly link: SerialLink;
  /** As the user named it, or the port that was found. */
  readonly name: string;
  /** The device file of a port of this machine, else null. */
  readonly device: string | null;
  /** A virtual board of this process. */
  readonly virtual: boolean;
  dispose(): Promise<void>;
}

/**
 * The port that the options name, or the one board that is plugged in. `fallback` is used when there is none
 * (`sim:` for `check`). Throws PORT_NONE, PORT_AMBIGUOUS, PORT_BAD_NAME.
 */
export async function openTarget(options: PortOptions, output: Output, fallback?: 'sim:'): Promise<OpenTarget> {
  const name = options.port ?? (await pluggedIn(output, fallback));
  const target = parseTarget(name);
  if (options.fault.length > 0 && target.kind !== 'sim') {
    throw new EspwatchError('USAGE', '--fault works on the virtual board only.', 'Leave it out, or use --port sim:');
  }
  if (target.kind === 'sim') return openSim(name, target.name, options.fault, output);
  const { linkFor } = await import('../serial/link-for.js');
  return {
    link: linkFor(target, name),
    name,
    device: target.kind === 'native' ? target.path : null,
    virtual: false,
    dispose: async () => undefined,
  };
}

async function pluggedIn(output: Output, fallback: string | undefined): Promise<string> {
  const { choosePort, listPorts } = await import('../serial/ports.js');
  try {
    return choosePort(await listPorts()).path;
  } catch (error) {
    if (fallback === undefined || !(error instanceof EspwatchError) || error.code !== 'PORT_NONE') throw error;
    output.note(`No board is plugged in: using the virtual one (${fallback}).`);
    return fallback;
  }
}

async function openSim(
  name: string,
  boardName: string | null,
  faults: readonly string[],
  output: Output,
): Promise<OpenTarget> {
  const { SimBinding } = await import('../sim/index.js');
  const { board, dispose } = await startSim({ name: boardName, blank: false, faults, timing: 'real' }, output);
  return {
    link: new PortLink({ path: name, binding: new SimBinding(board, name), atomicLines: true }),
    name,
    device: null,
    virtual: true,
    dispose,
  };
}

export interface SimStart {
  /** null = the board of `sim:`, which has the sketch in its flash unless `blank`. */
  readonly name: string | null;
  readonly blank: boolean;
  /** `NAME[:ARG]`, the last one uppermost. */
  readonly faults: readonly string[];
  readonly timing: 'real' | 'none';
  /** Lies above the others. */
  readonly control?: Fault;
}

/** A virtual board of this process, running. Throws USAGE (faults), PORT_BUSY (the name is in use), SIM_STATE. */
export async function startSim(start: SimStart, output: Output): Promise<SimBoard> {
  const { createSimBoard, parseFault } = await import('../sim/index.js');
  const { startProgram } = await import('../sim/program/host.js');
  const withSketch = start.name === null && !start.blank;
  return createSimBoard(start.name, {
    startProgram,
    timing: start.timing,
    faults: [...start.faults.map(parseFault), ...(start.control === undefined ? [] : [start.control])],
    ...(withSketch ? { image: await readFile(PREBUILT_IMAGE) } : {}),
    log: (line) => {
      if (process.env['ESPWATCH_DEBUG'] === '1') output.note(`sim: ${line}`);
    },
  });
}
