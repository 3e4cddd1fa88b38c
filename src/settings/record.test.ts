import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeVersion1 } from '../../test/support/settings-version1.js';
import { isEspwatchError } from '../errors.js';
import {
  type Damage,
  DEFAULT_SETTINGS,
  decodeSettings,
  encodeSettings,
  type Place,
  readSettings,
  SETTINGS_SECTOR_BYTES,
  type Settings,
  scratchAddress,
  settingsAddress,
} from './record.js';

const full: Settings = {
  mqttEnabled: true,
  tlsEnabled: true,
  tlsInsecure: true,
  staticIp: { ip: '192.168.0.133', netmask: '255.255.255.0', gateway: '192.168.0.1' },
  apIp: '10.0.0.1',
  httpPort: 80,
  mqttPort: 18883,
  wifiTimeoutSeconds: 300,
  serialBaud: 74880,
  telemetrySeconds: 0,
  ssid: 'Wohnzimmer-Ü',
  wifiPassword: 'x'.repeat(64),
  brokerHost: 'broker.lan',
  mqttUser: 'u',
  mqttPassword: 'p',
  clientId: 'c',
  rxTopic: 'rx',
  txTopic: 'tx',
  configPassword: 'k'.repeat(64),
  caDer: Uint8Array.from([0x30, 0x82, 0, 0xff, 7]),
};
const older: Settings = { ...full, httpPort: 81, caDer: full.caDer };

const RECORD = 562;
const SLOT_B = 0x300;
const CA = 0x600;
const CA_END = CA + 12 + full.caDer.length;

function erased(): Uint8Array {
  return new Uint8Array(SETTINGS_SECTOR_BYTES).fill(0xff);
}

/** A sector with records in slots A and B, `full`'s certificate, and a change to it. */
function sectorOf(
  a: readonly [Settings, number] | null,
  b: readonly [Settings, number] | null,
  change: (sector: Uint8Array) => void = () => undefined,
): Uint8Array {
  const sector = a === null ? erased() : encodeSettings(...a);
  sector.set(encodeSettings(full).subarray(CA), CA);
  if (b !== null) sector.set(encodeSettings(...b).subarray(0, RECORD), SLOT_B);
  change(sector);
  return sector;
}

test('what is encoded is decoded, with its place and sequence', () => {
  for (const settings of [full, DEFAULT_SETTINGS]) {
    const sector = encodeSettings(settings, 7);
    assert.equal(sector.length, SETTINGS_SECTOR_BYTES);
    assert.deepEqual(readSettings(sector), {
      settings,
      from: 'A',
      version: 2,
      sequence: 7,
      damage: [],
      sector: 'ours',
    });
  }
});

test('the layout is the one that the sketch reads', () => {
  const sector = Buffer.from(encodeSettings(full, 0x01020304));
  const text = (at: number): string => sector.toString('utf8', at, sector.indexOf(0, at));
  assert.equal(sector.toString('latin1', 0, 4), 'ESPW');
  assert.deepEqual([sector.readUInt16LE(4), sector.readUInt16LE(6)], [2, 550]);
  assert.equal(sector.readUInt32LE(12), 0x01020304);
  assert.deepEqual([sector[16], sector[17]], [0b1111, 0]);
  assert.deepEqual(
    [18, 20, 22, 28, 30].map((at) => sector.readUInt16LE(at)),
    [80, 18883, 300, 0, 0],
  );
  assert.equal(sector.readUInt32LE(24), 74880);
  assert.deepEqual([...sector.subarray(32, 48)], [192, 168, 0, 133, 255, 255, 255, 0, 192, 168, 0, 1, 10, 0, 0, 1]);
  assert.deepEqual([48, 81, 146, 211, 244, 309, 342, 407, 472].map(text), [
    full.ssid,
    full.wifiPassword,
    'broker.lan',
    'u',
    'p',
    'c',
    'rx',
    'tx',
    full.configPassword,
  ]);
  assert.ok(sector.subarray(537, RECORD).every((byte) => byte === 0));
  assert.ok(sector.subarray(RECORD, CA).every((byte) => byte === 0xff));
  assert.equal(sector.toString('latin1', CA, CA + 4), 'CERT');
  assert.deepEqual([sector.readUInt16LE(CA + 4), sector.readUInt16LE(CA + 6)], [5, 0]);
  assert.deepEqual([...sector.subarray(CA + 12, CA_END + 1)], [0x30, 0x82, 0, 0xff, 7, 0xff]);
});

test('every flipped bit of a record makes it invalid, and the other slot counts', () => {
  for (let bit = 0; bit < RECORD * 8; bit++) {
    const sector = sectorOf([full, 2], [older, 1], (bytes) => {
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    });
    const stored = readSettings(sector);
    assert.equal(stored.from, 'B', `bit ${bit}`);
    assert.deepEqual(stored.settings, older, `bit ${bit}`);
    assert.equal(stored.damage.length, 1, `bit ${bit}`);
  }
});

test('every flipped bit of the certificate is seen, and the settings stay', () => {
  for (let bit = CA * 8; bit < CA_END * 8; bit++) {
    // Two bytes that are always 0 and not looked at.
    if (bit >> 3 === CA + 6 || bit >> 3 === CA + 7) continue;
    const sector = encodeSettings(full);
    sector[bit >> 3] = (sector[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const stored = readSettings(sector);
    assert.deepEqual(stored.settings, { ...full, caDer: new Uint8Array(0) }, `bit ${bit}`);
    assert.equal(stored.damage[0]?.where, 'certificate', `bit ${bit}`);
  }
});

const choices: readonly {
  what: string;
  sector: Uint8Array;
  scratch?: Uint8Array;
  from: Place | null;
  port?: number;
  damage?: readonly Damage[];
  kind?: 'blank' | 'foreign';
}[] = [
  { what: 'two erased sectors', sector: erased(), scratch: erased(), from: null, kind: 'blank' },
  { what: 'B is newer', sector: sectorOf([older, 1], [full, 2]), from: 'B', port: 80 },
  { what: 'A is newer', sector: sectorOf([full, 3], [older, 2]), from: 'A', port: 80 },
  { what: 'the counter went round', sector: sectorOf([older, 0xffffffff], [full, 0]), from: 'B', port: 80 },
  { what: 'A alone', sector: sectorOf([full, 1], null), from: 'A', port: 80 },
  {
    what: 'B was being written',
    sector: sectorOf([full, 1], [older, 2], (bytes) => bytes.fill(0xff, SLOT_B + 200, SLOT_B + RECORD)),
    from: 'A',
    port: 80,
    damage: [{ where: 'B', what: 'bad CRC' }],
  },
  {
    what: 'both damaged',
    sector: sectorOf([full, 1], [full, 2], (bytes) => {
      for (const at of [40, SLOT_B + 40]) bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    }),
    from: null,
    damage: [
      { where: 'A', what: 'bad CRC' },
      { where: 'B', what: 'bad CRC' },
    ],
  },
  {
    what: 'the power went while the settings sector was erased',
    sector: erased(),
    scratch: encodeSettings(full, 5),
    from: 'scratch',
    port: 80,
    kind: 'blank',
  },
  {
    what: 'the power went before the settings sector was erased',
    sector: sectorOf([older, 4], null),
    scratch: encodeSettings(full, 5),
    from: 'scratch',
    port: 80,
  },
  {
    what: 'the power went before the scratch sector was made invalid',
    sector: sectorOf([full, 5], null),
    scratch: encodeSettings(full, 5),
    from: 'A',
    port: 80,
  },
  {
    what: 'an invalidated scratch sector',
    sector: sectorOf([full, 5], null),
    scratch: encodeSettings(older, 5).fill(0, 0, 4),
    from: 'A',
    port: 80,
  },
  {
    what: 'somebody else in the scratch sector',
    sector: erased(),
    scratch: erased().fill(7),
    from: null,
    kind: 'blank',
  },
  {
    what: 'version 1 with a newer record in the scratch sector',
    sector: encodeVersion1(older),
    scratch: encodeSettings(full, 1),
    from: 'scratch',
    port: 80,
    damage: [{ where: 'A', what: 'unknown version' }],
  },
  {
    what: 'zeros',
    sector: new Uint8Array(SETTINGS_SECTOR_BYTES),
    from: null,
    kind: 'foreign',
    damage: [
      { where: 'A', what: 'not ours' },
      { where: 'B', what: 'not ours' },
    ],
  },
  { what: 'one byte of somebody else', sector: erased().fill(0, 4095), from: null, kind: 'foreign' },
  {
    what: 'a newer version',
    sector: encodeSettings(full).fill(3, 4, 5),
    from: null,
    kind: 'foreign',
    damage: [{ where: 'A', what: 'unknown version' }],
  },
  {
    what: 'a wrong length',
    sector: encodeSettings(full).fill(0, 6, 8),
    from: null,
    damage: [{ where: 'A', what: 'bad length' }],
  },
];

test('which record counts, and what is said about the others', () => {
  for (const { what, sector, scratch, from, port, damage, kind } of choices) {
    const stored = readSettings(sector, scratch ?? null);
    assert.equal(stored.from, from, what);
    assert.equal(stored.settings?.httpPort, port, what);
    assert.deepEqual(stored.damage, damage ?? [], what);
    assert.equal(stored.sector, kind ?? 'ours', what);
  }
});

test('the certificate of the scratch sector belongs to its record', () => {
  const stored = readSettings(encodeSettings({ ...older, caDer: Uint8Array.of(1) }, 1), encodeSettings(full, 2));
  assert.deepEqual(stored.settings, full);
});

test('version 1 is read, with defaults for what it lacked; every flipped bit makes it invalid', () => {
  const sector = encodeVersion1(full);
  const expected = {
    ...full,
    tlsInsecure: false,
    apIp: '192.168.4.1',
    wifiTimeoutSeconds: 20,
    telemetrySeconds: 60,
    configPassword: '',
  };
  const whole = { settings: expected, from: 'A', version: 1, sequence: 0, damage: [], sector: 'ours' } as const;
  assert.deepEqual(readSettings(sector), whole);
  for (let bit = 0; bit < (460 + full.caDer.length) * 8; bit++) {
    const damaged = Uint8Array.from(sector);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const stored = readSettings(damaged);
    assert.equal(stored.settings, null, `bit ${bit}`);
    assert.notDeepEqual(stored.damage, [], `bit ${bit}`);
  }
});

test('a short sector holds nothing', () => {
  assert.equal(decodeSettings(new Uint8Array(10)), null);
  assert.throws(
    () => readSettings(new Uint8Array(10)),
    (error) => isEspwatchError(error, 'SETTINGS_INVALID'),
  );
});

test('values that do not fit are refused, by name', () => {
  const wrong: readonly [string, Partial<Settings>][] = [
    ['ssid', { ssid: 'x'.repeat(33) }],
    ['ssid', { ssid: 'ö'.repeat(17) }],
    ['rxTopic', { rxTopic: 'a\0b' }],
    ['configPassword', { configPassword: 'x'.repeat(65) }],
    ['httpPort', { httpPort: 0 }],
    ['mqttPort', { mqttPort: 65536 }],
    ['mqttPort', { mqttPort: 1.5 }],
    ['wifiTimeoutSeconds', { wifiTimeoutSeconds: 0 }],
    ['telemetrySeconds', { telemetrySeconds: 3601 }],
    ['serialBaud', { serialBaud: 1234 }],
    ['apIp', { apIp: '1.2.3.256' }],
    ['ip', { staticIp: { ip: '1.2.3', netmask: '255.0.0.0', gateway: '1.2.3.4' } }],
    ['caDer', { caDer: new Uint8Array(2049) }],
  ];
  for (const [name, change] of wrong) {
    assert.throws(
      () => encodeSettings({ ...DEFAULT_SETTINGS, ...change }),
      (error) => isEspwatchError(error, 'SETTINGS_INVALID') && error.message.includes(` ${name} `),
      name,
    );
  }
});

test('the sectors sit below the end of the flash', () => {
  assert.equal(settingsAddress(4 * 1024 * 1024), 0x3fb000);
  assert.equal(scratchAddress(4 * 1024 * 1024), 0x3fa000);
});
