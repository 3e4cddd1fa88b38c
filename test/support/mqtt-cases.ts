import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { isEspwatchError } from '../../src/errors.js';
import { type MqttProbeOptions, probeMqtt, requestMqtt } from '../../src/netprobe/mqtt.js';
import { type BoardClient, startBoardClient } from './board-client.js';
import { ManualClock } from './manual-clock.js';

/** No test waits for it: where a timeout is the point, the test's own clock lets it fall due. */
export const LONG = 60_000;
/** How long the probe waits for our board after another one has answered. */
const GRACE = 500;
export const OURS = { mac: '18:fe:34:a2:66:29', chipId: null };
export const SENSORS = '{"SYS_Heap":"41000","SYS_Time":"12"}';
const GET_SENSORS = '/?request=GetSensors';
const SENSORS_OF_ANOTHER = '{"SYS_Heap":1,"SYS_Time":1,"SYS_MAC":"5c:cf:7f:00:00:01"}';

export interface BrokerUnderTest {
  /** Where the board's stand-in connects. */
  readonly plainUrl: string;
  readonly password: { readonly url: string; readonly username: string; readonly password: string };
}

export interface Topics {
  readonly rx: string;
  readonly tx: string;
}

export function freshTopics(): Topics {
  const id = randomBytes(6).toString('hex');
  return { rx: `mqtt_rx_${id}`, tx: `mqtt_tx_${id}` };
}

export function options(url: string, topics: Topics, more: Partial<MqttProbeOptions> = {}): MqttProbeOptions {
  const broker = { url, username: null, password: null, ca: null };
  return { broker, rxTopic: topics.rx, txTopic: topics.tx, expect: OURS, timeoutMs: LONG, ...more };
}

async function withBoard(
  broker: BrokerUnderTest,
  answer: (request: string) => string | null,
  use: (board: BoardClient, topics: Topics) => Promise<void>,
): Promise<void> {
  const topics = freshTopics();
  const board = await startBoardClient(broker.plainUrl, topics, answer);
  try {
    await use(board, topics);
  } finally {
    await board.stop();
  }
}

/** What must hold for every broker; registers tests. `broker` is asked for when they run. */
export function mqttCases(name: string, broker: () => BrokerUnderTest): void {
  test(`${name}: the board answers`, async () => {
    await withAnswer(SENSORS, async (board, topics) => {
      const result = await probeMqtt(options(broker().plainUrl, topics));
      assert.deepEqual(board.requests, [GET_SENSORS]);
      assert.equal(result.outcome, 'answered');
      assert.equal(result.via, 'mqtt');
      assert.equal(result.target, broker().plainUrl);
      assert.equal(result.evidence, SENSORS);
      assert.equal(typeof result.rttMs, 'number');
    });
  });

  test(`${name}: nobody answers`, async () => {
    const clock = new ManualClock();
    await withBoard(
      broker(),
      () => null,
      async (board, topics) => {
        const probe = probeMqtt(options(broker().plainUrl, topics, { clock }));
        const expire = await clock.armed(LONG);
        await board.seen(GET_SENSORS);
        expire();
        const result = await probe;
        assert.equal(result.outcome, 'no-answer');
        assert.equal(result.rttMs, null);
      },
    );
  });

  for (const [what, text] of [
    ['another board answers', SENSORS_OF_ANOTHER],
    ["an answer that is not a device's", 'hello \u001b[2J there'],
  ] as const) {
    test(`${name}: ${what}`, async () => {
      const clock = new ManualClock();
      await withAnswer(text, async (_board, topics) => {
        const probe = probeMqtt(options(broker().plainUrl, topics, { clock }));
        (await clock.armed(GRACE))();
        const result = await probe;
        assert.equal(result.outcome, 'not-this-device');
        assert.doesNotMatch(result.evidence, /[^\x20-\x7e]/);
        assert.equal(result.identity.mac, text === SENSORS_OF_ANOTHER ? '5c:cf:7f:00:00:01' : null);
      });
    });
  }

  test(`${name}: our board answers after another one on the same topics`, async () => {
    const clock = new ManualClock();
    await withAnswer(SENSORS_OF_ANOTHER, async (board, topics) => {
      const probe = probeMqtt(options(broker().plainUrl, topics, { clock }));
      await clock.armed(GRACE);
      await board.publish(topics.tx, SENSORS);
      assert.equal((await probe).outcome, 'answered');
    });
  });

  test(`${name}: neither a retained message nor the echo of the request is an answer`, async () => {
    const clock = new ManualClock();
    await withBoard(
      broker(),
      () => null,
      async (board, { tx }) => {
        await board.publish(tx, SENSORS, true);
        const echo = await startBoardClient(broker().plainUrl, { rx: tx, tx }, () => null);
        try {
          const probe = probeMqtt(options(broker().plainUrl, { rx: tx, tx }, { clock }));
          const expire = await clock.armed(LONG);
          await echo.seen(GET_SENSORS);
          expire();
          assert.equal((await probe).outcome, 'no-answer');
        } finally {
          await board.publish(tx, '', true);
          await echo.stop();
        }
      },
    );
  });

  test(`${name}: user and password`, async () => {
    const { url, username, password } = broker().password;
    const topics = freshTopics();
    for (const [user, pass] of [
      [username, 'hunter2'],
      ['nobody', password],
      [null, null],
    ] as const) {
      const login = { url, username: user, password: pass, ca: null };
      const result = await probeMqtt({ ...options(url, topics), broker: login });
      assert.equal(result.outcome, 'error');
      assert.match(result.evidence, /^not authorised/);
      assert.doesNotMatch(JSON.stringify(result), new RegExp(`hunter2|${password}`));
    }
    const board = await startBoardClient(url.replace('//', `//${username}:${password}@`), topics, () => SENSORS);
    try {
      const login = { url, username, password, ca: null };
      assert.equal((await probeMqtt({ ...options(url, topics), broker: login })).outcome, 'answered');
    } finally {
      await board.stop();
    }
  });

  test(`${name}: a request gives the reply's text`, async () => {
    await withAnswer('HTTP Server Restored and MQTT Disabled\n', async (board, topics) => {
      const { broker: login, rxTopic, txTopic } = options(broker().plainUrl, topics);
      const reply = await requestMqtt({ broker: login, rxTopic, txTopic, timeoutMs: LONG, request: 'HttpOn' });
      assert.equal(reply, 'HTTP Server Restored and MQTT Disabled\n');
      assert.deepEqual(board.requests, ['/?request=HttpOn']);
    });
  });

  test(`${name}: cancelling ends the probe`, async () => {
    const controller = new AbortController();
    await withBoard(
      broker(),
      () => null,
      async (board, topics) => {
        const probe = probeMqtt(options(broker().plainUrl, topics, { signal: controller.signal }));
        const rejected = assert.rejects(probe, (error) => isEspwatchError(error, 'ABORTED'));
        await board.seen(GET_SENSORS);
        controller.abort();
        await rejected;
      },
    );
  });

  function withAnswer(answer: string, use: (board: BoardClient, topics: Topics) => Promise<void>): Promise<void> {
    return withBoard(broker(), () => answer, use);
  }
}

/** A loopback port where nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}
