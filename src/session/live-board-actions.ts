import { claimedVias } from '../board/crosscheck.js';
import { causeInWords, hintFor, modeInWords } from '../board/wording.js';
import { type Clock, wait } from '../clock.js';
import { EspwatchError } from '../errors.js';
import { LOADER_SEQUENCES, playReset, type ResetSequence } from '../flash/reset.js';
import type { DeviceRequest } from '../netprobe/requests.js';
import { refusalIn, requestPath } from '../netprobe/requests.js';
import { capital, printable } from '../printable.js';
import { LINES_RELEASED } from '../serial/link.js';
import { probeText } from './check.js';
import type { BoardRequest, CrossCheck, Outcome } from './desk-types.js';
import { crossCheck, identify, type NetworkAccess, type Reachable } from './detect.js';
import { ROM_BAUD } from './follow.js';
import type { LogTone } from './log-store.js';
import type { BoardSession } from './session.js';
import { switchMode } from './switch-mode.js';

/** What an action works with. */
export interface Bench {
  readonly session: BoardSession;
  readonly clock: Clock;
  /** Host time in ms since 1970. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** For a mode to come up, ms. */
  readonly identifyMs: number;
  network(): Promise<NetworkAccess>;
  known(): Reachable;
  /** A row of the log. */
  note(text: string, tone: LogTone): void;
  checked(check: CrossCheck): void;
}

/** How an action ended. */
export type Done = Pick<Outcome, 'ok' | 'text' | 'hint'>;

/** From the release of EN to the loader's banner, with room for a slow EN. */
const LOADER_BANNER_MS = 900;

export async function resetBoard({ session, signal }: Bench): Promise<Done> {
  await session.resetAndFollow(signal);
  const { lastReset } = session.state;
  const heard = lastReset !== null && lastReset.source !== 'commanded';
  const text = heard
    ? `The board was reset: ${causeInWords(lastReset.cause)}.`
    : 'The board was reset; no ROM banner was heard.';
  return { ok: true, text, hint: null };
}

/** Resets the board with GPIO0 low, by the known wirings in turn, until the ROM says that it waits for a host. */
export async function holdInBootloader(bench: Bench): Promise<Done> {
  const { session } = bench;
  for (const sequence of LOADER_SEQUENCES) {
    await session.link.setBaud(ROM_BAUD);
    await playInto(bench, sequence);
    if (await session.until(({ mode }) => mode === 'bootloader', LOADER_BANNER_MS, bench.signal)) {
      // Whoever presses RST makes the sketch speak.
      await session.link.setBaud(session.appBaud);
      return { ok: true, text: 'The board waits in its bootloader; a reset leads out of it.', hint: null };
    }
  }
  await session.resetAndFollow(bench.signal);
  throw new EspwatchError(
    'FLASH_NO_SYNC',
    'The board did not say that it is in its bootloader, and was reset.',
    'Hold FLASH, press RST, release FLASH; DTR seems not to be wired to GPIO0.',
  );
}

async function playInto({ session, clock, signal }: Bench, sequence: ResetSequence): Promise<void> {
  const { link } = session;
  session.flush();
  let inReset = true;
  try {
    await playReset(link, sequence, async (ms) => {
      await wait(clock, ms, signal);
      if (!inReset) return;
      inReset = false;
      await link.discard();
      // What came while EN was being pulled belongs to the run that ends here.
      session.flush();
      session.record({ type: 'reset-commanded', into: 'uart-download' }, 'tool');
    });
  } catch (error) {
    if (link.isOpen) await link.setLines(LINES_RELEASED).catch(() => undefined);
    throw error;
  }
}

/** What the board is, and whether that is true. */
export async function detectMode(bench: Bench, reset: boolean): Promise<Done> {
  const { session, signal } = bench;
  if (reset) await session.resetAndFollow(signal);
  await identify(session, bench.identifyMs, signal);
  return await confirm(bench);
}

async function confirm(bench: Bench): Promise<Done> {
  const { session, signal } = bench;
  const found = await crossCheck(session, await bench.network(), signal, bench.known());
  const { verdict, reasons, checks } = found;
  bench.checked({ t: bench.now(), ...found });
  const mode = capital(modeInWords(session.state.mode));
  if (verdict === 'confirmed') {
    const answers = checks.filter(({ outcome }) => outcome === 'answered').map(probeText);
    return { ok: true, text: `${mode}, confirmed: ${answers.join('; ')}.`, hint: null };
  }
  const hint = hintFor(session.state);
  if (claimedVias(session.state.mode) === null) return { ok: false, text: `${mode}.`, hint };
  return { ok: false, text: `${mode}, ${verdict}: ${reasons.join(' ')}`, hint };
}

/** Has the board restart in its other mode, and looks whether it did. */
export async function switchBoard(bench: Bench, to: 'web-server' | 'mqtt-client'): Promise<Done> {
  const { session, signal } = bench;
  const { mode, resets } = session.state;
  if (mode === to) return { ok: false, text: `The board is in this mode already: ${modeInWords(mode)}.`, hint: null };
  const network = await bench.network();
  const via = viaOf(session, network, bench.known());
  if (via === 'serial') {
    session.record({ type: 'switch-commanded', to }, 'tool');
    await typed(bench, to === 'mqtt-client' ? 'MqttSslOn' : 'HttpOn');
  } else await switchMode(session, to, { network, known: bench.known(), signal });
  const restarted = await session.until((state) => state.resets.commanded > resets.commanded, bench.identifyMs, signal);
  if (!restarted) {
    const hint =
      via === 'serial'
        ? 'Look in the log for its answer; only our sketch takes requests over the serial line.'
        : 'Look in the log for what it says.';
    return { ok: false, text: `The board was asked over ${name(via)} and did not restart.`, hint };
  }
  const now = await identify(session, bench.identifyMs, signal);
  if (now === to || now === 'web-server+mqtt-client') return await confirm(bench);
  return { ok: false, text: `The board came up as ${modeInWords(now)}.`, hint: hintFor(session.state) };
}

/** Sends a request by the way that the board has; the reply is a row of the log. */
export async function askBoard(bench: Bench, request: BoardRequest): Promise<Done> {
  const { session, signal, clock } = bench;
  const network = await bench.network();
  const known = bench.known();
  const via = viaOf(session, network, known);
  const wanted = deviceRequest(request);
  if (via === 'serial') {
    await typed(bench, wanted);
    return { ok: true, text: `${request} was sent over the serial line; the answer is in the log.`, hint: null };
  }
  const { configPassword, timeoutMs } = network;
  const began = clock.now();
  let reply: string;
  if (via === 'http') {
    const { requestHttp } = await import('../netprobe/http.js');
    const place = webPlace(session, network, known);
    const access = { allowPublic: network.allowPublic, userGiven: network.host !== null };
    reply = await requestHttp({ ...place, ...access, request: wanted, configPassword, timeoutMs, signal });
  } else {
    const { requestMqtt } = await import('../netprobe/mqtt.js');
    const topics = topicsOf(session, known);
    reply = await requestMqtt({
      broker: network.broker,
      ...topics,
      request: wanted,
      configPassword,
      timeoutMs,
      signal,
    });
  }
  const ms = Math.round(clock.now() - began);
  bench.note(printable(`${name(via)} reply in ${ms} ms: ${reply.replace(/\0+$/, '').trim()}`), 'green');
  const refusal = refusalIn(reply);
  if (refusal !== null)
    return { ok: false, text: printable(`The board refused ${request}: ${refusal}.`, 300), hint: null };
  return { ok: true, text: `${request} was answered over ${name(via)} in ${ms} ms.`, hint: null };
}

type Via = 'http' | 'mqtt' | 'serial';

/** The way on which this board can be asked now. */
function viaOf(session: BoardSession, network: NetworkAccess, known: Reachable): Via {
  const vias = claimedVias(session.state.mode) ?? [];
  const { host, port } = webPlace(session, network, known);
  if (vias.includes('http') && host !== null && port !== null) return 'http';
  const { rxTopic, txTopic } = topicsOf(session, known);
  if (vias.includes('mqtt') && network.broker !== null && rxTopic !== null && txTopic !== null) return 'mqtt';
  return 'serial';
}

function webPlace(
  { state: { announced } }: BoardSession,
  { host }: NetworkAccess,
  known: Reachable,
): { host: string | null; port: number | null } {
  return {
    host: host?.address ?? announced.ip ?? known.ip,
    port: host?.port ?? announced.httpPort ?? known.httpPort,
  };
}

function topicsOf({ state: { announced } }: BoardSession, known: Reachable): Pick<Reachable, 'rxTopic' | 'txTopic'> {
  return { rxTopic: announced.rxTopic ?? known.rxTopic, txTopic: announced.txTopic ?? known.txTopic };
}

/** Our sketch takes requests as typed lines too, which need no password. */
async function typed({ session, note }: Bench, request: DeviceRequest): Promise<void> {
  const line = requestPath(request);
  await session.link.write(new TextEncoder().encode(`${line}\n`));
  note(line, 'sent');
}

function deviceRequest(request: BoardRequest): DeviceRequest {
  return request === 'BlinkLed&nblink=5' ? { name: 'BlinkLed', times: 5 } : request;
}

function name(via: Via): string {
  return via === 'serial' ? 'the serial line' : via.toUpperCase();
}
