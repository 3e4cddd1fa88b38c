/** How tests talk to the sketch: through a broker, and on its serial line. */
import type { TestContext } from 'node:test';
import { connectAsync, type MqttClient } from 'mqtt';
import { DEFAULT_SETTINGS, type Settings } from '../../src/settings/record.js';
import { type Broker, type BrokerOptions, startBroker } from '../../src/sim/broker.js';
import type { SketchBoard } from './sketch-board.js';

/** A broker that is gone when the test is over. */
export async function broker(t: TestContext, options: BrokerOptions): Promise<Broker> {
  const started = await startBroker(options);
  t.after(() => started.close());
  return started;
}

/** Settings with which the board reaches this broker. */
export function settingsFor(made: Broker, change: Partial<Settings> = {}): Settings {
  return {
    ...DEFAULT_SETTINGS,
    mqttEnabled: true,
    tlsEnabled: made.caDer !== null,
    brokerHost: made.host,
    mqttPort: made.port,
    mqttUser: made.user?.username ?? '',
    mqttPassword: made.user?.password ?? '',
    caDer: made.caDer ?? new Uint8Array(0),
    ...change,
  };
}

/** Somebody else at the broker, who asks the board through its topics. */
export async function asker(
  t: TestContext,
  made: Broker,
  rx: string,
  tx: string,
): Promise<(request: string) => Promise<string>> {
  const client: MqttClient = await connectAsync(made.url, {
    reconnectPeriod: 0,
    ...(made.caPem === null ? {} : { ca: made.caPem }),
    ...(made.user === null ? {} : made.user),
  });
  t.after(() => client.endAsync(true));
  await client.subscribeAsync(tx);
  return async (request) => {
    const answered = new Promise<string>((resolve, reject) => {
      client.once('message', (_topic, payload) => resolve(payload.toString()));
      t.signal.addEventListener('abort', () => reject(new Error(`${request} was never answered`)));
    });
    await client.publishAsync(rx, request);
    return await answered;
  };
}

/** What the sketch announces as MQTT client. */
export function mqttLines(rx: string, tx: string): RegExp {
  return new RegExp(`^MQTT Rx Topic: ${rx}\r\nMQTT Tx Topic: ${tx}\r\nESP8266 Mode: MQTT Client Running\r\n`, 'm');
}

/** Types a line and takes the line that comes back. */
export function typing(board: SketchBoard): (request: string) => Promise<string> {
  return async (request) => {
    const mark = board.mark;
    await board.type(`${request}\n`);
    const [answer = ''] = await board.said(/^(\{.*\}|Invalid Request)\r\n/m, mark);
    return answer;
  };
}
