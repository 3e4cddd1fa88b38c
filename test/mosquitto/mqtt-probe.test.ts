import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { probeMqtt } from '../../src/netprobe/mqtt.js';
import { startBoardClient } from '../support/board-client.js';
import { type KeyPair, makeCa, makeServerCertificate } from '../support/certificates.js';
import { findMosquitto, type Mosquitto, startMosquitto } from '../support/mosquitto.js';
import { freshTopics, mqttCases, options, SENSORS } from '../support/mqtt-cases.js';

const program = findMosquitto();
const USER = { username: 'board', password: 'correct horse' };
type Name =
  | 'plain'
  | 'password'
  | 'tls'
  | 'ws'
  | 'wss'
  | 'wrongName'
  | 'expired'
  | 'notYet'
  | 'unknownCa'
  | 'selfSigned';

describe('MQTT probe against Mosquitto', { skip: program === null ? 'needs mosquitto' : false }, () => {
  let mosquitto: Mosquitto<Name>;
  let ca: KeyPair;
  const url = (scheme: string, name: Name): string => `${scheme}://localhost:${mosquitto.ports[name]}`;

  before(async () => {
    ca = await makeCa();
    const localhost = { names: ['localhost', '127.0.0.1'] };
    const good = await makeServerCertificate(ca, localhost);
    mosquitto = await startMosquitto(program ?? '', {
      plain: {},
      password: { user: USER },
      tls: { tls: good },
      ws: { webSocket: true },
      wss: { webSocket: true, tls: good },
      wrongName: { tls: await makeServerCertificate(ca, { names: ['broker.example'] }) },
      expired: { tls: await makeServerCertificate(ca, { ...localhost, validFrom: -40, validTo: -10 }) },
      notYet: { tls: await makeServerCertificate(ca, { ...localhost, validFrom: 10, validTo: 40 }) },
      unknownCa: { tls: await makeServerCertificate(await makeCa('another CA'), localhost) },
      selfSigned: { tls: await makeServerCertificate(null, localhost) },
    });
  });
  after(() => mosquitto.stop());

  mqttCases('Mosquitto', () => ({
    plainUrl: url('mqtt', 'plain'),
    password: { url: url('mqtt', 'password'), ...USER },
  }));

  for (const [scheme, name] of [
    ['mqtts', 'tls'],
    ['ws', 'ws'],
    ['wss', 'wss'],
  ] as const) {
    test(`the board is asked over ${scheme}`, async () => {
      const topics = freshTopics();
      const board = await startBoardClient(url('mqtt', 'plain'), topics, () => SENSORS);
      try {
        const target = url(scheme, name);
        // Listeners with settings of their own still share their topics.
        const broker = {
          url: target,
          username: null,
          password: null,
          ca: scheme === 'ws' ? null : Buffer.from(ca.cert),
        };
        const result = await probeMqtt({ ...options(target, topics), broker });
        assert.equal(result.outcome, 'answered', result.evidence);
        assert.equal(result.target, target);
        assert.equal(result.evidence, SENSORS);
      } finally {
        await board.stop();
      }
    });
  }

  const refused = {
    wrongName: /certificate is for another name: .*broker\.example/,
    expired: /certificate has expired/,
    notYet: /certificate is not yet valid/,
    unknownCa: /certificate is from an unknown CA/,
    selfSigned: /certificate is self-signed/,
  };
  for (const [name, evidence] of Object.entries(refused)) {
    test(`a certificate that is not accepted: ${name}`, async () => {
      const target = url('mqtts', name as Name);
      const broker = { url: target, username: USER.username, password: USER.password, ca: ca.cert };
      const result = await probeMqtt({ ...options(target, freshTopics()), broker });
      assert.equal(result.outcome, 'error');
      assert.match(result.evidence, evidence);
    });
  }

  test('without a CA file the system decides, and over WebSocket too', async () => {
    for (const target of [url('mqtts', 'tls'), url('wss', 'wss')]) {
      const result = await probeMqtt(options(target, freshTopics()));
      assert.equal(result.outcome, 'error');
      assert.match(result.evidence, /certificate is from an unknown CA/);
    }
  });

  test('TLS spoken to a plain port, and plain to a TLS port', async () => {
    const tls = await probeMqtt(options(url('mqtts', 'plain'), freshTopics()));
    assert.equal(tls.outcome, 'error', tls.evidence);
    const plain = await probeMqtt(options(url('mqtt', 'tls'), freshTopics()));
    assert.equal(plain.outcome, 'error');
    assert.match(plain.evidence, /want TLS/);
  });
});
