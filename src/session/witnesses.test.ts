import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mode, ProbeOutcome, ProbeResult, Verdict } from '../board/events.js';
import { initialState } from '../board/state.js';
import { DEFAULT_SETTINGS, type Settings } from '../settings/record.js';
import type { BoardStore } from './store.js';
import { compareWitnesses, storedClaim, type Witness } from './witnesses.js';

const MAC = '18:fe:34:a2:66:29';
const WEB: Partial<Settings> = {};
const TLS: Partial<Settings> = { mqttEnabled: true, tlsEnabled: true, brokerHost: 'b', caDer: Uint8Array.of(1) };
const BOTH: Partial<Settings> = { mqttEnabled: true, brokerHost: 'b' };

function storeOf(change: Partial<Settings>): BoardStore {
  return {
    settings: { ...DEFAULT_SETTINGS, ...change },
    from: 'B',
    version: 2,
    sequence: 4,
    damage: [],
    sector: 'ours',
    info: { mac: MAC, chip: 'ESP8266EX', flashId: 0x1640ef, flashSize: 4 << 20, virtual: false },
    address: 0x3fb000,
  };
}

function probe(via: 'http' | 'mqtt', outcome: ProbeOutcome | null): ProbeResult[] {
  if (outcome === null) return [];
  return [{ via, target: null, outcome, rttMs: null, evidence: '', identity: { mac: null, chipId: null } }];
}

function compare(
  change: Partial<Settings>,
  mode: Mode,
  http: ProbeOutcome | null,
  mqtt: ProbeOutcome | null,
  announced: Partial<(typeof initialState)['announced']> = {},
  verdict: Verdict = 'confirmed',
): ReturnType<typeof compareWitnesses> {
  const store = storeOf(change);
  const claim = storedClaim(store);
  assert.ok(claim !== null);
  const state = { ...initialState, mode, mac: MAC, announced: { ...initialState.announced, ...announced } };
  return compareWitnesses(store, claim, state, [...probe('http', http), ...probe('mqtt', mqtt)], verdict);
}

test('what stored settings make of a board', () => {
  const cases: readonly [Partial<Settings>, Mode][] = [
    [WEB, 'web-server'],
    [TLS, 'mqtt-client'],
    [BOTH, 'web-server+mqtt-client'],
    [{ ...TLS, mqttEnabled: false }, 'web-server'],
    [{ ...TLS, brokerHost: '' }, 'web-server'],
    [{ ...TLS, caDer: new Uint8Array(0) }, 'web-server'],
    [{ ...TLS, caDer: new Uint8Array(0), tlsInsecure: true }, 'mqtt-client'],
  ];
  for (const [change, mode] of cases) {
    const claim = storedClaim(storeOf(change));
    assert.equal(claim?.mode, mode);
    assert.deepEqual([claim?.rxTopic, claim?.txTopic], ['mqtt_rx_18fe34a26629', 'mqtt_tx_18fe34a26629']);
  }
  assert.equal(storedClaim(storeOf({ rxTopic: 'a/b' }))?.rxTopic, 'a/b');
  assert.equal(storedClaim({ ...storeOf(WEB), settings: null, from: null }), null);
});

const cases: readonly {
  readonly what: string;
  readonly store: Partial<Settings>;
  readonly boot: Mode;
  readonly http: ProbeOutcome | null;
  readonly mqtt: ProbeOutcome | null;
  readonly network: Mode | null;
  readonly odd?: Witness | null;
}[] = [
  {
    what: 'web, all agree',
    store: WEB,
    boot: 'web-server',
    http: 'answered',
    mqtt: 'no-answer',
    network: 'web-server',
  },
  {
    what: 'TLS, all agree',
    store: TLS,
    boot: 'mqtt-client',
    http: 'refused',
    mqtt: 'answered',
    network: 'mqtt-client',
  },
  {
    what: 'both, all agree',
    store: BOTH,
    boot: 'web-server+mqtt-client',
    http: 'answered',
    mqtt: 'answered',
    network: 'web-server+mqtt-client',
  },
  { what: 'only HTTP was asked', store: WEB, boot: 'web-server', http: 'answered', mqtt: null, network: 'web-server' },
  { what: 'nobody answered', store: TLS, boot: 'mqtt-client', http: 'no-answer', mqtt: 'no-answer', network: null },
  { what: 'an access point says nothing', store: TLS, boot: 'access-point', http: null, mqtt: null, network: null },
  { what: 'silence says nothing', store: TLS, boot: 'silent', http: null, mqtt: null, network: null },
  {
    what: 'the boot output lies',
    store: WEB,
    boot: 'mqtt-client',
    http: 'answered',
    mqtt: 'no-answer',
    network: 'web-server',
    odd: 'boot',
  },
  {
    what: 'the store lies',
    store: TLS,
    boot: 'web-server',
    http: 'answered',
    mqtt: 'no-answer',
    network: 'web-server',
    odd: 'store',
  },
  {
    what: 'the network lies',
    store: TLS,
    boot: 'mqtt-client',
    http: 'answered',
    mqtt: 'no-answer',
    network: 'web-server',
    odd: 'network',
  },
  {
    what: 'one of two, and nobody can tell which',
    store: TLS,
    boot: 'web-server',
    http: 'no-answer',
    mqtt: null,
    network: null,
    odd: null,
  },
];

test('three witnesses, and who is contradicted by the others', () => {
  for (const { what, store, boot, http, mqtt, network, odd } of cases) {
    const { report, verdict } = compare(store, boot, http, mqtt);
    assert.equal(report?.witnesses.network, network, what);
    assert.equal(report?.oddOneOut, odd ?? null, what);
    assert.equal(report?.contradictions.length, odd === undefined ? 0 : 1, what);
    assert.equal(verdict, odd === undefined ? 'confirmed' : 'contradicted', what);
  }
});

test('the sentence names the witness', () => {
  const sentence = (store: Partial<Settings>, boot: Mode): string =>
    compare(store, boot, 'answered', 'no-answer').report?.contradictions[0] ?? '';
  assert.equal(
    sentence(TLS, 'web-server'),
    'The stored settings say mqtt-client, the boot output says web-server, the network says web-server: the two others contradict the stored settings.',
  );
  assert.match(sentence(WEB, 'mqtt-client'), /contradict the boot output\.$/);
});

test('values that store and boot output name differently', () => {
  const announced = { httpPort: 80, ip: '10.0.0.9', rxTopic: null };
  const staticIp = { ip: '10.0.0.2', netmask: '255.0.0.0', gateway: '10.0.0.1' };
  const { report, verdict } = compare({ staticIp }, 'web-server', 'answered', null, announced);
  assert.deepEqual(report?.contradictions, [
    'The stored HTTP port is 9705, the boot output says 80.',
    'The stored static address is 10.0.0.2, the boot output says 10.0.0.9.',
  ]);
  assert.equal(verdict, 'contradicted');
  assert.equal(compare(WEB, 'web-server', 'answered', null, { httpPort: 9705 }).verdict, 'confirmed');
});

test("the address of a virtual board is its host's choice", () => {
  const staticIp = { ip: '10.0.0.2', netmask: '255.0.0.0', gateway: '10.0.0.1' };
  const store = storeOf({ staticIp });
  assert.equal(storedClaim(store)?.ip, '10.0.0.2');
  assert.equal(storedClaim({ ...store, info: { ...store.info, virtual: true } })?.ip, null);
});

test('an agreement keeps what the network check found', () => {
  assert.equal(compare(TLS, 'mqtt-client', null, 'no-answer', {}, 'unconfirmed').verdict, 'unconfirmed');
});

test('MQTT beside the web server that was not announced: the broker may be away', () => {
  const { report, verdict, reasons } = compare(BOTH, 'web-server', 'answered', 'no-answer');
  assert.deepEqual([verdict, report?.oddOneOut, report?.contradictions], ['unconfirmed', null, []]);
  assert.match(reasons[0] ?? '', /once it is connected/);
  assert.equal(compare(BOTH, 'mqtt-client', 'answered', 'answered').report?.oddOneOut, 'boot');
});
