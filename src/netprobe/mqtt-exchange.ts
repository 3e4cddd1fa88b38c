import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt';
import { type Clock, realClock, type Timer } from '../clock.js';
import { aborted } from '../errors.js';
import type { BrokerAddress } from './broker-url.js';
import { brokerFailure, type Failure, refusedByBroker } from './mqtt-errors.js';

/** What the one who waits makes of a message: `take` ends the exchange, `keep` waits a little for a better one. */
export type Verdict = 'take' | 'keep' | 'ignore';

export interface MqttExchangeOptions {
  readonly broker: BrokerAddress;
  readonly username: string | null;
  readonly password: string | null;
  readonly ca: string[] | null;
  readonly rxTopic: string;
  readonly txTopic: string;
  readonly payload: string;
  /** For everything together. */
  readonly timeoutMs: number;
  /** How long to wait for a better answer after the first that was kept. */
  readonly graceMs: number;
  judge(text: string): Verdict;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

export type MqttExchange =
  | { readonly end: 'answer'; readonly text: string; readonly rttMs: number }
  | { readonly end: 'silence' }
  | { readonly end: 'failed'; readonly failure: Failure };

/** A broker may send no more than this in all, and one answer no more than that. */
const RECEIVE_CAP = 1_048_576;
const ANSWER_CAP = 65_536;
const REFUSED_TOPIC = 'not authorised: the broker refuses the subscription to the Tx topic';
const GOODBYE_MS = 250;

/**
 * Connects, subscribes to the Tx topic, publishes the request to the Rx topic and waits for the answer.
 * Retained messages and the echo of the request are no answers. Closes the connection before it settles.
 * Throws `ABORTED` only.
 */
export async function mqttExchange(options: MqttExchangeOptions): Promise<MqttExchange> {
  const { signal } = options;
  if (signal?.aborted) throw aborted('The MQTT request');
  // Loaded when first used: the package takes longer to load than most commands take to run.
  const { connect } = await import('mqtt');
  if (signal?.aborted) throw aborted('The MQTT request');
  let client: MqttClient;
  try {
    client = connect(clientOptions(options));
  } catch (error) {
    return { end: 'failed', failure: brokerFailure(error) };
  }
  return await new Conversation(client, options).run();
}

function clientOptions(options: MqttExchangeOptions): IClientOptions {
  const { broker, username, password, ca, timeoutMs } = options;
  return {
    protocol: broker.protocol,
    hostname: broker.hostname,
    host: broker.hostname,
    port: broker.port,
    ...(broker.path === '' ? {} : { path: broker.path }),
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(ca === null ? {} : { ca }),
    rejectUnauthorized: true,
    clientId: `espwatch-${randomBytes(6).toString('hex')}`,
    protocolVersion: 4,
    clean: true,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    keepalive: 0,
    // With DEBUG=* in the environment the package would print every packet, the one with the password too.
    log: () => undefined,
    // Our own timer ends the exchange; this one only has to be later.
    connectTimeout: timeoutMs + 60_000,
  };
}

class Conversation {
  readonly #client: MqttClient;
  readonly #options: MqttExchangeOptions;
  readonly #clock: Clock;
  #settle: ((result: MqttExchange | Error) => void) | null = null;
  #stage: 'connecting' | 'greeting' | 'subscribing' | 'asked' = 'connecting';
  #sentAt = 0;
  #received = 0;
  #kept: MqttExchange | null = null;
  #grace: Timer | null = null;

  constructor(client: MqttClient, options: MqttExchangeOptions) {
    this.#client = client;
    this.#options = options;
    this.#clock = options.clock ?? realClock;
  }

  async run(): Promise<MqttExchange> {
    const { signal, timeoutMs } = this.#options;
    const onAbort = (): void => this.#settle?.(aborted('The MQTT request'));
    const timer = this.#clock.after(timeoutMs, () => this.#onTimeout());
    signal?.addEventListener('abort', onAbort, { once: true });
    const result = await new Promise<MqttExchange | Error>((resolve) => {
      this.#settle = resolve;
      this.#listen();
    });
    this.#settle = null;
    timer.cancel();
    this.#grace?.cancel();
    signal?.removeEventListener('abort', onAbort);
    await this.#close(this.#stage === 'asked' && !(result instanceof Error));
    if (result instanceof Error) throw result;
    return result;
  }

  #listen(): void {
    const client = this.#client;
    const { stream } = client;
    const onError = (error: unknown): void => this.#fail(failureOf(error));
    client.on('error', onError);
    // The client passes on only errors that have a code, which those of the WebSocket's handshake have not.
    stream.on('error', onError);
    stream.once('connect', () => {
      if (this.#stage === 'connecting') this.#stage = 'greeting';
      // Or the request waits for the acknowledgement of the subscription's packet, 40 ms on Linux.
      if (stream instanceof Socket) stream.setNoDelay(true);
    });
    stream.on('data', (chunk: Uint8Array) => {
      this.#received += chunk.length;
      if (this.#received > RECEIVE_CAP) this.#failed('the broker sends more than any device would');
    });
    client.on('close', () => this.#onClose());
    client.on('message', (topic, payload, packet) => this.#onMessage(topic, payload, packet));
    client.on('connect', () => this.#subscribe());
  }

  #subscribe(): void {
    const { txTopic, rxTopic, payload } = this.#options;
    this.#stage = 'subscribing';
    this.#client.subscribe(txTopic, { qos: 0 }, (error, _granted, suback) => {
      if (error) {
        // Without a packet it is the connection that failed, which `close` reports.
        if (suback !== undefined) this.#failed(REFUSED_TOPIC);
        return;
      }
      this.#stage = 'asked';
      this.#sentAt = this.#clock.now();
      this.#client.publish(rxTopic, payload, { qos: 0, retain: false }, (failed) => {
        if (failed) this.#fail(failureOf(failed));
      });
    });
  }

  #onMessage(topic: string, payload: Buffer, packet: IPublishPacket): void {
    const { txTopic, payload: request, graceMs } = this.#options;
    if (this.#stage !== 'asked' || topic !== txTopic || packet.retain || payload.length > ANSWER_CAP) return;
    const text = payload.toString('utf8');
    if (text === request) return;
    const answer: MqttExchange = { end: 'answer', text, rttMs: this.#clock.now() - this.#sentAt };
    const verdict = this.#options.judge(text);
    if (verdict === 'take') {
      this.#settle?.(answer);
    } else if (verdict === 'keep' && this.#kept === null) {
      this.#kept = answer;
      this.#grace = this.#clock.after(graceMs, () => this.#settle?.(answer));
    }
  }

  #onTimeout(): void {
    const ms = Math.round(this.#options.timeoutMs);
    switch (this.#stage) {
      case 'connecting':
        this.#fail({ outcome: 'unreachable', evidence: `no broker: no connection within ${ms} ms` });
        break;
      case 'greeting':
        this.#failed(`no broker: something listens there, but speaks no MQTT within ${ms} ms`);
        break;
      case 'subscribing':
        this.#failed(`the broker did not confirm the subscription within ${ms} ms`);
        break;
      case 'asked':
        this.#settle?.(this.#kept ?? { end: 'silence' });
        break;
    }
  }

  #onClose(): void {
    if (this.#kept !== null) this.#settle?.(this.#kept);
    else if (this.#stage === 'asked') this.#failed('the broker closed the connection (may this user use the topics?)');
    else if (this.#stage === 'subscribing') this.#failed(REFUSED_TOPIC);
    else this.#failed('no broker: the connection was closed without a greeting (does that port want TLS?)');
  }

  #failed(evidence: string): void {
    this.#fail({ outcome: 'error', evidence });
  }

  #fail(failure: Failure): void {
    this.#settle?.({ end: 'failed', failure });
  }

  /** Says goodbye where the connection is sound, and drops it when that takes too long or makes no sense. */
  #close(politely: boolean): Promise<void> {
    const { stream } = this.#client;
    return new Promise((resolve) => {
      const done = (): void => {
        patience.cancel();
        stream.destroy();
        resolve();
      };
      const patience = realClock.after(politely ? GOODBYE_MS : 0, done);
      stream.once('close', done);
      this.#client.end(!politely);
    });
  }
}

function failureOf(error: unknown): Failure {
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'number') return { outcome: 'error', evidence: refusedByBroker(code) };
  return brokerFailure(error);
}
