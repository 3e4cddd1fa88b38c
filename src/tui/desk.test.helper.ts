/** A desk of our own making for tests of the screen: boards are what the test says, actions are written down. */
import { type BoardState, initialState } from '../board/state.js';
import type { BoardView, Desk, DeskPort, DeskView, ImageChoice, ImageFacts } from '../session/desk-types.js';
import { LogStore } from '../session/log-store.js';

/** Noon of some day, so that times of day have two digits. */
export const NOW = Date.UTC(2026, 5, 1, 12, 0, 0);

export function port(name: string, more: Partial<DeskPort> = {}): DeskPort {
  return {
    name,
    adapter: null,
    serialNumber: null,
    holder: null,
    kind: name.startsWith('sim:') ? 'virtual' : 'usb',
    ...more,
  };
}

export function boardState(more: Partial<BoardState> = {}): BoardState {
  return { ...initialState, ...more };
}

export function board(name: string, more: Partial<BoardView> = {}): BoardView {
  return {
    name,
    port: port(name),
    connection: 'open',
    problem: null,
    state: boardState(),
    bytes: 0,
    runningSince: null,
    watchedSince: NOW - 60_000,
    activity: null,
    outcome: null,
    crossCheck: null,
    trends: [],
    alerts: [],
    log: new LogStore(),
    ...more,
  };
}

/** A confirmed MQTT client that runs for 4 h 12 m. */
export function mqttBoard(name: string, more: Partial<BoardView> = {}): BoardView {
  const log = new LogStore();
  for (let i = 1; i <= 40; i++)
    log.push({ t: NOW - 40_000 + i * 1000, kind: 'line', text: `line ${i}`, tone: 'plain' });
  return board(name, {
    runningSince: NOW - (4 * 3600 + 12 * 60) * 1000,
    state: boardState({
      mode: 'mqtt-client',
      mac: '5c:cf:7f:01:02:03',
      announced: {
        ...initialState.announced,
        modes: ['mqtt-client'],
        rxTopic: 'a/rx',
        txTopic: 'a/tx',
        ip: '192.168.4.20',
      },
      resets: { own: 3, commanded: 4, byCause: { exception: 2, 'hardware-watchdog': 1 } },
    }),
    crossCheck: {
      t: NOW - 5000,
      verdict: 'confirmed',
      reasons: ['The MQTT client answered, as the board claims.'],
      checks: [
        probe('http', 'no-answer', null, 'connection timed out'),
        probe('mqtt', 'answered', 12, '{"temperature":21.5}'),
      ],
    },
    trends: [
      {
        name: 'heap',
        points: [20, 22, 21, 23.4].map((v, i) => ({ t: NOW - 4000 + i * 1000, v: v * 1000 })),
        min: 19_800,
        max: 25_000,
        now: 23_400,
      },
      { name: 'rtt', points: [{ t: NOW, v: 12 }], min: 9, max: 80, now: 12 },
    ],
    log,
    ...more,
  });
}

export function probe(
  via: 'http' | 'mqtt',
  outcome: 'answered' | 'no-answer' | 'refused' | 'not-this-device',
  rttMs: number | null,
  evidence: string,
) {
  return { via, target: null, outcome, rttMs, evidence, identity: { mac: null, chipId: null } } as const;
}

export class FakeDesk {
  readonly calls: (readonly unknown[])[] = [];
  images_: readonly ImageChoice[] = [{ id: 'prebuilt', label: 'the prebuilt image', group: 'prebuilt' }];
  facts: ImageFacts = { lines: ['ESP8266, 1 MB, DIO'], bytes: 400_000, problem: null };
  saved: Awaited<ReturnType<Desk['saveLog']>> = { ok: true, text: 'The log is in sim.log.' };
  files: Awaited<ReturnType<Desk['browse']>> = [];
  #view: DeskView;
  readonly #listeners = new Set<() => void>();

  constructor(view: Partial<DeskView> = {}) {
    this.#view = { ports: [], listed: true, boards: [], ...view };
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  change(view: Partial<DeskView>): void {
    this.#view = { ...this.#view, ...view };
    for (const listener of this.#listeners) listener();
  }

  view(): DeskView {
    return this.#view;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async add(name: string): Promise<void> {
    this.calls.push(['add', name]);
    this.change({ boards: [...this.#view.boards, board(name)] });
  }

  remove = this.#note('remove');
  reset = this.#note('reset');
  enterBootloader = this.#note('enterBootloader');
  detect = this.#note('detect');
  switchMode = this.#note('switchMode');
  request = this.#note('request');
  send = this.#note('send');
  flash = this.#note('flash');

  cancel(name: string): void {
    this.calls.push(['cancel', name]);
  }

  async images(name?: string): Promise<readonly ImageChoice[]> {
    this.calls.push(['images', name]);
    return this.images_;
  }

  async browse(folder: string): ReturnType<Desk['browse']> {
    this.calls.push(['browse', folder]);
    return this.files;
  }

  async inspect(image: string, name?: string): Promise<ImageFacts> {
    this.calls.push(['inspect', image, name]);
    return this.facts;
  }

  async saveLog(name: string, file: string): ReturnType<Desk['saveLog']> {
    this.calls.push(['saveLog', name, file]);
    return this.saved;
  }

  async close(): Promise<void> {
    this.calls.push(['close']);
  }

  #note(what: string): (...args: readonly unknown[]) => Promise<void> {
    return async (...args) => {
      this.calls.push([what, ...args]);
    };
  }
}

/** Fails to compile when the fake is no desk. */
export const isDesk = (desk: FakeDesk): Desk => desk satisfies Desk;
