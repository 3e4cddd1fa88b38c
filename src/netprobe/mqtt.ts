import type { BoardIdentity, ProbeResult } from '../board/events.js';
import type { Clock } from '../clock.js';
import { judgeSensors } from './answer.js';
import { type Broker, parseBrokerUrl, readCa } from './broker-url.js';
import { textEvidence } from './evidence.js';
import { mqttExchange, type Verdict } from './mqtt-exchange.js';
import { noReply, type Reply, textOf, toProbe } from './outcome.js';
import { type DeviceRequest, passwordQuery, requestPath } from './requests.js';

export interface MqttTarget {
  /** null = none is known. */
  readonly broker: Broker | null;
  /** As the board announced them; null when it did not. */
  readonly rxTopic: string | null;
  readonly txTopic: string | null;
  /** Milliseconds for everything together: connection, subscription, answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

export interface MqttProbeOptions extends MqttTarget {
  readonly expect: BoardIdentity;
}

export interface MqttRequestOptions extends MqttTarget {
  readonly request: DeviceRequest;
  /** Of a board that takes changes only with its password. */
  readonly configPassword?: string | null | undefined;
}

/** After an answer that is not our board's, ours gets this long to speak too: topics can be shared. */
const GRACE_MS = 500;

/**
 * Asks the board for its sensors through the broker and tells whose answer it is. Every end is an outcome; the
 * only error thrown is `ABORTED`.
 */
export async function probeMqtt(options: MqttProbeOptions): Promise<ProbeResult> {
  const { expect } = options;
  const reply = await ask(options, requestPath('GetSensors'), (text) =>
    judgeSensors(text, expect).kind === 'device' ? 'take' : 'keep',
  );
  if (reply.text === null) return toProbe('mqtt', reply);
  const { kind, evidence, identity } = judgeSensors(reply.text, expect);
  const outcome = kind === 'device' ? 'answered' : 'not-this-device';
  return toProbe('mqtt', { ...reply, outcome, evidence }, identity);
}

/**
 * Sends a request and gives the text of the first message that comes back (not safe to show).
 * Throws `NET_NOT_ASKED` when none came, and `ABORTED`.
 */
export async function requestMqtt(options: MqttRequestOptions): Promise<string> {
  const payload = requestPath(options.request) + passwordQuery(options.configPassword);
  return textOf(await ask(options, payload, () => 'take'), 'MQTT');
}

async function ask(target: MqttTarget, payload: string, judge: (text: string) => Verdict): Promise<Reply> {
  const { broker, rxTopic, txTopic, timeoutMs, signal, clock } = target;
  if (broker === null) return noReply('not-configured', null, 'no broker is known');
  const address = parseBrokerUrl(broker.url);
  if (typeof address === 'string') return noReply('error', null, address);
  const { shown } = address;
  if (rxTopic === null || txTopic === null || rxTopic === '' || txTopic === '') {
    return noReply('not-configured', shown, "the board's topics are not known");
  }
  if (!isTopic(rxTopic) || !isTopic(txTopic)) return noReply('error', shown, 'a topic of the board is not a valid one');
  const ca = broker.ca === null ? null : readCa(broker.ca);
  if (broker.ca !== null && ca === null) return noReply('error', shown, 'the CA file holds no certificate');
  const { username, password } = broker;
  const wire = { broker: address, username, password, ca, rxTopic, txTopic, payload };
  const result = await mqttExchange({ ...wire, timeoutMs, graceMs: GRACE_MS, judge, signal, clock });
  switch (result.end) {
    case 'failed':
      return noReply(result.failure.outcome, shown, result.failure.evidence);
    case 'silence':
      return noReply('no-answer', shown, 'the broker is there, but nobody answered on the Tx topic');
    case 'answer':
      return {
        outcome: 'answered',
        target: shown,
        rttMs: result.rttMs,
        evidence: textEvidence(result.text),
        text: result.text,
      };
    default:
      return result satisfies never;
  }
}

/** A topic name one can publish to: no wildcards, no NUL, at most 65535 bytes (MQTT 3.1.1, 4.7). */
function isTopic(topic: string): boolean {
  return !/[+#\0]/.test(topic) && Buffer.byteLength(topic) <= 65_535;
}
