import { realClock, untilAborted } from '../clock.js';
import { EspwatchError } from '../errors.js';
import type { PortInfo } from '../serial/ports.js';
import { browse, saveLog } from './desk-files.js';
import { BoardImages } from './desk-images.js';
import { deskPort, namedPort, PortWatch, portNamed } from './desk-ports.js';
import type { BoardRequest, Desk, DeskView, ImageChoice, ImageFacts, LendingDesk, LentBoard } from './desk-types.js';
import type { DeskWorld } from './desk-world.js';
import { type BoardRules, LiveBoard } from './live-board.js';
import { askBoard, type Bench, detectMode, holdInBootloader, resetBoard, switchBoard } from './live-board-actions.js';

/** Everything has a default. */
export interface DeskOptions extends Partial<BoardRules> {
  /** Between two looks at the ports, ms (default 1000). */
  readonly portsEveryMs?: number;
}

/** Several live boards over one world. */
export function createDesk(world: DeskWorld, options: DeskOptions = {}): LendingDesk {
  return new BoardDesk(world, options);
}

const MODES = { 'web-server': 'web server', 'mqtt-client': 'MQTT client' } as const;

/** Of a board that is not on the desk. */
const NO_LOAN = { begun: Promise.resolve(null), ended: Promise.resolve() };

function lentBoard(bench: Bench | null, board: LiveBoard | undefined, name: string): LentBoard {
  if (bench !== null && board !== undefined) {
    return {
      name,
      session: bench.session,
      device: () => board.device,
      network: () => bench.network(),
      checked: (check) => bench.checked(check),
    };
  }
  const outcome = board?.view().outcome;
  throw new EspwatchError(
    board?.view().connection === 'open' ? 'PORT_BUSY' : 'PORT_CLOSED',
    `${name} can't be used now: ${outcome?.text ?? 'it is not on the desk.'}`,
    outcome?.hint ?? 'Add it first.',
  );
}

class BoardDesk implements LendingDesk {
  readonly #world: DeskWorld;
  readonly #rules: BoardRules;
  readonly #ports: PortWatch;
  readonly #images: BoardImages;
  readonly #boards = new Map<string, LiveBoard>();
  readonly #listeners = new Set<() => void>();
  /** The ports without a board, and what that was made of. */
  #free: { readonly ports: readonly PortInfo[]; readonly taken: string; readonly view: DeskView['ports'] } | null =
    null;
  #view: DeskView | null = null;
  #closed: Promise<void> | null = null;

  constructor(world: DeskWorld, { portsEveryMs = 1000, ...options }: DeskOptions) {
    this.#world = world;
    this.#rules = {
      appBaud: options.appBaud ?? 115_200,
      flashBaud: options.flashBaud ?? 460_800,
      clock: options.clock ?? realClock,
      now: options.now ?? (() => performance.timeOrigin + performance.now()),
      identifyMs: options.identifyMs ?? 30_000,
      checkEveryMs: options.checkEveryMs ?? 30_000,
      resume: options.resume,
      patient: options.patient,
      logRows: options.logRows,
    };
    this.#images = new BoardImages(world);
    this.#ports = new PortWatch(
      () => world.listPorts(),
      this.#rules.clock,
      portsEveryMs,
      () => this.#changed(),
    );
  }

  view(): DeskView {
    this.#view ??= {
      ports: this.#freePorts(),
      listed: this.#ports.listed,
      boards: [...this.#boards.values()].map((board) => board.view()),
    };
    return this.#view;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async add(name: string): Promise<void> {
    if (this.#closed !== null) return;
    const taken = [...this.#boards.values()].filter(({ failed }) => !failed).map((board) => board.name);
    const key = this.#world.nameFor(name.trim(), taken);
    const there = this.#boards.get(key) ?? this.#boardOn(key);
    if (there !== undefined) {
      if (there.failed) await there.open();
      return;
    }
    const port = namedPort(key, this.#ports.ports);
    const board = new LiveBoard(port, this.#world, this.#rules, () => this.#changed());
    this.#boards.set(key, board);
    this.#changed();
    await board.open();
  }

  async remove(name: string): Promise<void> {
    const board = this.#boards.get(name);
    if (board === undefined) return;
    await board.close();
    this.#boards.delete(name);
    this.#changed();
  }

  async reset(name: string): Promise<void> {
    await this.#boards.get(name)?.do('reset', 'reset', resetBoard);
  }

  async enterBootloader(name: string): Promise<void> {
    await this.#boards.get(name)?.do('bootloader', 'hold in bootloader', holdInBootloader);
  }

  async detect(name: string, reset: boolean): Promise<void> {
    const what = reset ? 'reset and identify' : 'identify';
    await this.#boards.get(name)?.do('detect', what, (bench) => detectMode(bench, reset));
  }

  async switchMode(name: string, to: 'web-server' | 'mqtt-client'): Promise<void> {
    await this.#boards.get(name)?.do('switch', `switch to ${MODES[to]}`, (bench) => switchBoard(bench, to));
  }

  async request(name: string, request: BoardRequest): Promise<void> {
    await this.#boards.get(name)?.do('request', request, (bench) => askBoard(bench, request));
  }

  async send(name: string, text: string): Promise<void> {
    await this.#boards.get(name)?.send(text);
  }

  async flash(name: string, image: string): Promise<void> {
    await this.#boards.get(name)?.flash(
      image,
      () => this.#images.read(image),
      () => this.#images.remember(image),
    );
  }

  cancel(name: string): void {
    this.#boards.get(name)?.cancel();
  }

  images(name?: string): Promise<readonly ImageChoice[]> {
    return this.#images.list(this.#kindOf(name));
  }

  browse(folder: string): ReturnType<Desk['browse']> {
    return browse(folder);
  }

  inspect(image: string, name?: string): Promise<ImageFacts> {
    return this.#images.inspect(image, this.#kindOf(name), this.#rules.now());
  }

  async saveLog(name: string, file: string): ReturnType<Desk['saveLog']> {
    const board = this.#boards.get(name);
    return board === undefined ? { ok: false, text: `There is no board ${name}.` } : await saveLog(board.log, file);
  }

  async lend(
    names: readonly string[],
    work: (boards: readonly LentBoard[], signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const over = new AbortController();
    const boards = names.map((name) => this.#boards.get(name));
    const loans = boards.map((board) => board?.lend(untilAborted(over.signal)) ?? NO_LOAN);
    try {
      const benches = await Promise.all(loans.map(({ begun }) => begun));
      const lent = benches.map((bench, i) => lentBoard(bench, boards[i], names[i] ?? ''));
      await work(lent, AbortSignal.any(benches.flatMap((bench) => bench?.signal ?? [])));
    } finally {
      over.abort();
      await Promise.all(loans.map(({ ended }) => ended));
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#ports.close();
    await Promise.all([...this.#boards.values()].map((board) => board.close()));
    this.#boards.clear();
    await this.#world.close();
    this.#changed();
  }

  #kindOf(name: string | undefined): DeskView['ports'][number]['kind'] | null {
    return name === undefined ? null : (this.#boards.get(name)?.view().port.kind ?? null);
  }

  /** The board that has this port open under another name. */
  #boardOn(name: string): LiveBoard | undefined {
    const path = portNamed(name, this.#ports.ports)?.path;
    return path === undefined ? undefined : [...this.#boards.values()].find((board) => board.device === path);
  }

  /** The same list until a port or a board comes or goes. */
  #freePorts(): DeskView['ports'] {
    const names = [...this.#boards.values()].flatMap(({ name, device }) => [name, device ?? name]);
    const taken = names.join('\n');
    const { ports } = this.#ports;
    if (this.#free?.ports !== ports || this.#free.taken !== taken) {
      const free = ports.filter(({ path, byId }) => !names.includes(path) && (byId === null || !names.includes(byId)));
      this.#free = { ports, taken, view: free.map(deskPort) };
    }
    return this.#free.view;
  }

  #changed(): void {
    this.#view = null;
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        // A view that breaks must not take the board's session along, nor go unheard.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
