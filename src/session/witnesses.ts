import { claimedVias } from '../board/crosscheck.js';
import type { Mode, ProbeResult, Verdict } from '../board/events.js';
import type { BoardState } from '../board/state.js';
import type { Settings } from '../settings/record.js';
import type { Reachable } from './detect.js';
import type { BoardStore } from './store.js';

/** What the stored settings make of the board: the third witness beside boot output and network. */
export interface StoredClaim extends Reachable {
  readonly mode: Mode;
  /** From the chip's eFuses. */
  readonly mac: string | null;
}

/** `store` in `detect --deep --json`. */
export interface StoreReport {
  readonly from: NonNullable<BoardStore['from']>;
  readonly version: number | null;
  readonly sequence: number;
  readonly mqttEnabled: boolean;
  readonly tlsEnabled: boolean;
  readonly httpPort: number;
  readonly rxTopic: string | null;
  readonly txTopic: string | null;
  /** The mode that each witness speaks for; null = it can't say. */
  readonly witnesses: { readonly store: Mode; readonly boot: Mode | null; readonly network: Mode | null };
  /** The one that the two others contradict; null when they agree, or nobody can tell. */
  readonly oddOneOut: Witness | null;
  readonly contradictions: readonly string[];
}

export type Witness = 'store' | 'boot' | 'network';
type Via = ProbeResult['via'];
type Roles = Readonly<Record<Via, boolean | null>>;

const NAMES: Readonly<Record<Witness, string>> = {
  store: 'the stored settings',
  boot: 'the boot output',
  network: 'the network',
};
const WITNESSES = Object.keys(NAMES) as Witness[];

/** What a sketch with these settings announces and serves, once its Wi-Fi is there; null without valid settings. */
export function storedClaim({ settings, info }: BoardStore): StoredClaim | null {
  if (settings === null) return null;
  const mac12 = info.mac?.replaceAll(':', '') ?? null;
  const topic = (stored: string, head: string): string | null =>
    stored !== '' ? stored : mac12 === null ? null : `${head}_${mac12}`;
  return {
    mode: modeOf(settings),
    mac: info.mac,
    // The virtual board's network is its host's, which hands out the addresses.
    ip: info.virtual ? null : (settings.staticIp?.ip ?? null),
    httpPort: settings.httpPort,
    rxTopic: topic(settings.rxTopic, 'mqtt_rx'),
    txTopic: topic(settings.txTopic, 'mqtt_tx'),
  };
}

/** The sketch falls back to its web server where MQTT could not work. */
function modeOf({ mqttEnabled, tlsEnabled, tlsInsecure, brokerHost, caDer }: Settings): Mode {
  if (!mqttEnabled || brokerHost === '') return 'web-server';
  if (!tlsEnabled) return 'web-server+mqtt-client';
  return caDer.length > 0 || tlsInsecure ? 'mqtt-client' : 'web-server';
}

/** Holds the three witnesses against each other. The verdict of the network check is kept where they agree. */
export function compareWitnesses(
  store: BoardStore,
  claim: StoredClaim,
  state: BoardState,
  checks: readonly ProbeResult[],
  verdict: Verdict,
): { report: StoreReport | null; verdict: Verdict; reasons: readonly string[] } {
  const { settings, from, version, sequence } = store;
  if (settings === null || from === null) return { report: null, verdict, reasons: [] };
  const unconnected = awaitsBroker(claim, state);
  const roles: Record<Witness, Roles> = {
    store: unconnected ? { ...rolesOf(claim.mode), mqtt: null } : rolesOf(claim.mode),
    // An access point says only that the stored network was not there.
    boot: state.mode === 'access-point' ? UNKNOWN : rolesOf(state.mode),
    network: answeredRoles(checks),
  };
  const witnesses = { store: claim.mode, boot: modeWith(roles.boot), network: modeWith(roles.network) };
  const odd = WITNESSES.filter((one) => WITNESSES.every((other) => one === other || differ(roles[one], roles[other])));
  const oddOneOut = odd.length === 1 ? (odd[0] ?? null) : null;
  const disagree = WITNESSES.some((one) => WITNESSES.some((other) => differ(roles[one], roles[other])));
  const contradictions = [
    ...(disagree ? [modeSentence(witnesses, oddOneOut)] : []),
    ...(witnesses.boot === null ? [] : detailSentences(claim, state)),
  ];
  const { mqttEnabled, tlsEnabled, httpPort } = settings;
  return {
    report: {
      from,
      version,
      sequence,
      mqttEnabled,
      tlsEnabled,
      httpPort,
      rxTopic: claim.rxTopic,
      txTopic: claim.txTopic,
      witnesses,
      oddOneOut,
      contradictions,
    },
    verdict:
      contradictions.length > 0 ? 'contradicted' : unconnected && verdict === 'confirmed' ? 'unconfirmed' : verdict,
    reasons: unconnected ? [...contradictions, UNCONNECTED] : contradictions,
  };
}

const UNCONNECTED =
  'The stored settings ask for MQTT too, which the board announces once it is connected to its broker.';

/** A board that serves the web beside MQTT, of which only the web server has been announced. */
export function awaitsBroker(claim: StoredClaim, { mode }: Pick<BoardState, 'mode'>): boolean {
  return claim.mode === 'web-server+mqtt-client' && mode === 'web-server';
}

const UNKNOWN: Roles = { http: null, mqtt: null };

function rolesOf(mode: Mode): Roles {
  const vias = claimedVias(mode);
  return vias === null ? UNKNOWN : { http: vias.includes('http'), mqtt: vias.includes('mqtt') };
}

/** A way without an answer proves the role's absence only when the board answered on the other way. */
function answeredRoles(checks: readonly ProbeResult[]): Roles {
  const answered = (via: Via): boolean => checks.some((check) => check.via === via && check.outcome === 'answered');
  const denied = (via: Via): boolean =>
    checks.some(({ via: asked, outcome }) => asked === via && (outcome === 'refused' || outcome === 'no-answer'));
  const role = (via: Via, other: Via): boolean | null => {
    if (answered(via)) return true;
    return answered(other) && denied(via) ? false : null;
  };
  return { http: role('http', 'mqtt'), mqtt: role('mqtt', 'http') };
}

function modeWith({ http, mqtt }: Roles): Mode | null {
  if (http === true) return mqtt === true ? 'web-server+mqtt-client' : 'web-server';
  return mqtt === true ? 'mqtt-client' : null;
}

function differ(a: Roles, b: Roles): boolean {
  return (['http', 'mqtt'] as const).some((via) => a[via] !== null && b[via] !== null && a[via] !== b[via]);
}

function modeSentence(witnesses: StoreReport['witnesses'], odd: Witness | null): string {
  const said = WITNESSES.filter((witness) => witnesses[witness] !== null).map((witness) =>
    `${NAMES[witness]} says ${witnesses[witness] ?? ''}`.replace('settings says', 'settings say'),
  );
  const why = odd === null ? 'they disagree' : `the two others contradict ${NAMES[odd]}`;
  return `${said.join(', ')}: ${why}.`.replace(/^t/, 'T');
}

/** What both the store and the boot output name, and name differently. */
function detailSentences(claim: StoredClaim, { announced, mac }: BoardState): string[] {
  const pairs: readonly (readonly [string, string | number | null, string | number | null])[] = [
    ['HTTP port', claim.httpPort, announced.httpPort],
    ['static address', claim.ip, announced.ip],
    ['Rx topic', claim.rxTopic, announced.rxTopic],
    ['Tx topic', claim.txTopic, announced.txTopic],
  ];
  const sentences = pairs
    .filter(([, stored, said]) => stored !== null && said !== null && stored !== said)
    .map(([what, stored, said]) => `The stored ${what} is ${stored}, the boot output says ${said}.`);
  if (claim.mac !== null && mac !== null && claim.mac !== mac) {
    sentences.push(`The chip's MAC is ${claim.mac}, the boot output says ${mac}.`);
  }
  return sentences;
}
