import { readFile } from 'node:fs/promises';
import { EspwatchError } from '../errors.js';
import type { SerialLink } from '../serial/link.js';
import { PortLink } from '../serial/port-link.js';
import { parseTarget } from '../serial/target.js';
import type { Output } from './output.js';
import type { PortOptions } from './program.js';

/** The sketch for the virtual board, as it is shipped. */
export const PREBUILT_IMAGE = new URL('../../../firmware/prebuilt/tls_mqtt.virtual.bin', import.meta.url);

export interface OpenTarget {
  /** Not open yet. */
  readonly link: SerialLink;
  /** As the user named it, or the port that was found. */
  readonly name: string;
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
  switch (target.kind) {
    case 'native': {
      const { nativeBinding } = await import('../serial/native-binding.js');
      return {
        link: new PortLink({ path: name, bindingPath: target.path, binding: nativeBinding }),
        name,
        virtual: false,
        dispose: async () => undefined,
      };
    }
    case 'rfc2217': {
      const { rfc2217Binding } = await import('../serial/rfc2217-binding.js');
      return {
        link: new PortLink({ path: name, binding: rfc2217Binding() }),
        name,
        virtual: false,
        dispose: async () => undefined,
      };
    }
    case 'sim':
      return openSim(name, target.name, options.fault);
  }
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

async function openSim(name: string, boardName: string | null, faults: readonly string[]): Promise<OpenTarget> {
  const [{ createSimBoard, SimBinding }, image] = await Promise.all([
    import('../sim/index.js'),
    boardName === null ? readFile(PREBUILT_IMAGE) : null,
  ]);
  const board = await createSimBoard(boardName, { image, faults });
  return {
    link: new PortLink({ path: name, binding: new SimBinding(board) }),
    name,
    virtual: true,
    dispose: () => board.dispose(),
  };
}
