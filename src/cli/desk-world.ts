import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PortLink } from '../serial/port-link.js';
import { parseTarget } from '../serial/target.js';
import { Capture } from '../session/capture.js';
import { type DeskTarget, type DeskWorld, PREBUILT } from '../session/desk-world.js';
import type { NetworkAccess } from '../session/detect.js';
import { macWithTail } from '../sim/board-state.js';
import type { SimBoard } from '../sim/index.js';
import { stateFolder } from '../state-folder.js';
import { prebuiltPart, readParts } from './images.js';
import { PREBUILT_IMAGE } from './target.js';
import { type VirtualWorld, virtualWorld } from './virtual-world.js';

export interface DeskWorldOptions {
  /** How boards are asked, as the options of the command say. */
  readonly network: NetworkAccess;
  /** `NAME[:ARG]` for every virtual board. */
  readonly faults?: readonly string[];
  /** Where every byte of each board is kept, in a file of its own; null = nowhere. */
  readonly captureFolder?: string | null;
  readonly timing?: 'real' | 'none';
  /** What virtual boards say of themselves, for debugging. */
  readonly log?: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
}

/** `sim:` and, for the boards beside it, `sim:#2`, `sim:#3` ...: names that no named board can have. */
const PLAIN_SIM = /^sim:(#\d{1,3})?$/i;

/** The real ports, and virtual boards that share a broker and are set up for it. */
export function deskWorld(options: DeskWorldOptions): DeskWorld {
  const { network, faults = [], captureFolder = null, timing = 'real', env = process.env } = options;
  let world: Promise<VirtualWorld> | null = null;

  /** The broker is started once, and again when that failed. */
  const virtual = async (): Promise<VirtualWorld> => {
    world ??= virtualWorld(network.broker, false);
    const started = world;
    try {
      return await started;
    } catch (error) {
      if (world === started) world = null;
      throw error;
    }
  };

  const sim = async (boardName: string | null): Promise<SimBoard> => {
    const { createSimBoard, parseFault } = await import('../sim/index.js');
    const { startProgram } = await import('../sim/program/host.js');
    const { log } = options;
    const common = { startProgram, timing, faults: faults.map(parseFault), ...(log === undefined ? {} : { log }) };
    if (boardName !== null) return createSimBoard(boardName, common);
    const { broker } = await virtual();
    // Each board has settings of its own: some systems tell boards apart by their port only.
    const [{ settings }, sketch] = await Promise.all([virtualWorld(broker, false), readFile(PREBUILT_IMAGE)]);
    const image = Buffer.alloc(settings.offset + settings.bytes.length, 0xff);
    image.set(sketch, 0);
    image.set(settings.bytes, settings.offset);
    return createSimBoard(null, { ...common, image, mac: macWithTail(randomBytes(3)) });
  };

  return {
    recentImages: join(stateFolder(env), 'recent-images.json'),

    async listPorts() {
      return await (await import('../serial/ports.js')).listPorts();
    },

    nameFor(name, taken) {
      if (name.toLowerCase() !== 'sim:') return name;
      for (let n = 1; ; n++) {
        const candidate = n === 1 ? 'sim:' : `sim:#${n}`;
        if (!taken.includes(candidate)) return candidate;
      }
    },

    async open(name): Promise<DeskTarget> {
      const target = PLAIN_SIM.test(name) ? { kind: 'sim' as const, name: null } : parseTarget(name);
      if (target.kind === 'sim') {
        const [{ SimBinding }, { board, dispose }] = await Promise.all([import('../sim/index.js'), sim(target.name)]);
        const link = new PortLink({ path: name, binding: new SimBinding(board, name), atomicLines: true });
        return { link, device: null, kind: 'virtual', dispose };
      }
      const { linkFor } = await import('../serial/link-for.js');
      return {
        link: linkFor(target, name),
        device: target.kind === 'native' ? target.path : null,
        kind: target.kind === 'native' ? 'native' : 'remote',
        dispose: async () => undefined,
      };
    },

    async network(name) {
      if (!PLAIN_SIM.test(name)) return network;
      return { ...network, host: null, broker: (await virtual()).broker };
    },

    async capture(name) {
      if (captureFolder === null) return null;
      // A folder that can't be made shows when the file in it is opened.
      await mkdir(captureFolder, { recursive: true }).catch(() => undefined);
      return await Capture.open(join(captureFolder, `${fileNameOf(name)}.bin`));
    },

    readImage: (image) => (image === PREBUILT ? prebuiltPart() : readParts([image])),

    async close() {
      await (await world?.catch(() => null))?.close();
      world = null;
    },
  };
}

/** `/dev/ttyUSB0` is `dev-ttyUSB0`, `sim:#2` is `sim+2`: no other board has a `+` in its name. */
function fileNameOf(port: string): string {
  const name = port
    .replace(/:#/g, '+')
    .replace(/[^A-Za-z0-9._+-]+/g, '-')
    .replace(/^[-.]+|-+$/g, '');
  return name || 'board';
}
