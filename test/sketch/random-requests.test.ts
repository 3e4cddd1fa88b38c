/**
 * Random requests over HTTP and MQTT, valid and broken, over-long and cut: no reset, no leak.
 * ESPWATCH_REQUESTS sets how many (default 2000).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectAsync } from 'mqtt';
import { ask, sendRaw } from '../support/http-client.js';
import { seeded } from '../support/random.js';
import { type Place, SketchBoard } from '../support/sketch-board.js';
import { broker, mqttLines, settingsFor } from '../support/sketch-talk.js';

const COUNT = Number(process.env['ESPWATCH_REQUESTS'] ?? 2000);
const LIMIT = { timeout: 60_000 + COUNT * 50 };
/** Set, so that no request of chance restarts the board. */
const PASSWORD = 'random-requests';
const AT_ONCE = 8;

type Random = () => number;

const pick = <T>(random: Random, items: readonly [T, ...T[]]): T =>
  items[Math.floor(random() * items.length)] ?? items[0];

function bytesOf(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}

/** A request as a good client writes it; the password is right now and then, but never for a restart. */
function good(random: Random): string {
  const name = pick(random, ['GetSensors', 'LedOn', 'LedOff', 'BlinkLed', 'HttpOn', 'MqttSslOn', 'getsensors', '']);
  const count = pick(random, ['', '&nblink=3', '&nblink=-1', `&nblink=${'9'.repeat(30)}`, '&nblink=x']);
  const known = name.startsWith('Led') && random() < 0.5;
  return `/?request=${name}${count}${known ? `&password=${PASSWORD}` : ''}`;
}

/** The same with something wrong: cut, doubled, a byte changed, over-long, or nothing of it. */
function bad(random: Random): Buffer {
  const whole = Buffer.from(good(random));
  switch (Math.floor(random() * 5)) {
    case 0:
      return whole.subarray(0, Math.floor(random() * whole.length));
    case 1:
      return Buffer.concat([whole, whole]);
    case 2:
      whole[Math.floor(random() * whole.length)] = Math.floor(random() * 256);
      return whole;
    case 3:
      return Buffer.concat([whole, Buffer.alloc(Math.floor(random() * 1500), pick(random, ['A', '%', '&', '=']))]);
    default:
      return bytesOf(random, Math.floor(random() * 300));
  }
}

async function overHttp(random: Random, place: Place): Promise<void> {
  const kind = random();
  if (kind < 0.4) {
    const { status } = await ask(place, good(random));
    assert.ok([200, 400, 403].includes(status));
    return;
  }
  if (kind < 0.5) {
    const { status } = await ask(place, pick(random, ['/config', '/', '/nothing']));
    assert.ok([200, 401, 404].includes(status));
    return;
  }
  if (kind < 0.6) {
    const form = { action: pick(random, ['SAVE', 'RESET', 'x']), ssid: bytesOf(random, 40).toString('latin1') };
    assert.equal((await ask(place, '/config', form)).status, 401);
    return;
  }
  const body = bytesOf(random, Math.floor(random() * 200));
  const length = Math.floor(random() * 5000);
  const bytes = pick(random, [
    Buffer.concat([Buffer.from('GET '), bad(random), Buffer.from(' HTTP/1.1\r\nHost: b\r\n\r\n')]),
    Buffer.concat([Buffer.from(`POST /config HTTP/1.1\r\nContent-Length: ${length}\r\n\r\n`), body]),
    Buffer.concat([Buffer.from('GET / HTTP/1.1\r\n'), body]),
    bad(random),
  ]);
  // What is not a whole request gets no answer: the client hangs up.
  await sendRaw(place, bytes, true);
}

test(`${COUNT} random requests over HTTP and MQTT: no reset, no leak`, LIMIT, async (t) => {
  const random = seeded(20_260_901);
  const made = await broker(t, { tls: false });
  const board = new SketchBoard(t, { settings: settingsFor(made, { configPassword: PASSWORD }) });
  const [rx, tx] = [`mqtt_rx_${board.mac12}`, `mqtt_tx_${board.mac12}`];
  const place = await board.serving();
  await board.said(mqttLines(rx, tx));
  const client = await connectAsync(made.url, { reconnectPeriod: 0 });
  t.after(() => client.endAsync(true));
  await client.subscribeAsync(tx);

  /** Resolves with the board's next sensor values: everything published before has been dealt with then. */
  const sensors = async (): Promise<{ SYS_Heap: number }> => {
    const answered = new Promise<string>((resolve) => {
      const look = (_topic: string, payload: Buffer): void => {
        const text = payload.toString();
        if (!text.includes('SYS_Heap')) return;
        client.off('message', look);
        resolve(text);
      };
      client.on('message', look);
    });
    await client.publishAsync(rx, 'GetSensors');
    return JSON.parse(await answered) as { SYS_Heap: number };
  };

  /** Free heap with nothing going on: a connection that is just being closed still has its share. */
  const heapAtRest = async (): Promise<number> => {
    for (let last = (await sensors()).SYS_Heap; ; ) {
      const now = (await sensors()).SYS_Heap;
      if (now === last) return now;
      last = now;
    }
  };

  // The server keeps the texts of its last request: both times it is this one.
  await ask(place, '/?request=GetSensors');
  const before = await heapAtRest();
  for (let sent = 0; sent < COUNT; sent += 2 * AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        await client.publishAsync(rx, random() < 0.5 ? good(random) : bad(random));
        await overHttp(random, place);
      }),
    );
    await sensors();
  }
  await ask(place, '/?request=GetSensors');
  const after = await heapAtRest();
  assert.equal(after, before, 'heap back to where it was');
  assert.equal(board.starts, 1);
  assert.doesNotMatch(board.heard.text, /Exception|MQTT: connection lost/);
  t.diagnostic(`free heap ${before} before, ${after} after`);
});
