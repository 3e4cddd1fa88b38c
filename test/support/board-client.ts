import { connect } from 'mqtt';

/** An MQTT client that stands in for a board: it listens on the Rx topic and says what the test gives it. */
export interface BoardClient {
  /** Requests as they came. */
  readonly requests: readonly string[];
  /** Resolves once this request has come. */
  seen(request: string): Promise<void>;
  publish(topic: string, text: string, retain?: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** @param answer what to publish on the Tx topic for a request; null = nothing */
export async function startBoardClient(
  url: string,
  topics: { readonly rx: string; readonly tx: string },
  answer: (request: string) => string | null,
): Promise<BoardClient> {
  const client = connect(url, { reconnectPeriod: 0 });
  const requests: string[] = [];
  const waiting = new Set<() => void>();
  client.on('message', (_topic, payload) => {
    const request = payload.toString();
    requests.push(request);
    const text = answer(request);
    if (text !== null) client.publish(topics.tx, text);
    for (const look of [...waiting]) look();
  });
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('error', reject);
  });
  await client.subscribeAsync(topics.rx);
  return {
    requests,
    seen: (request) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!requests.includes(request)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    publish: async (topic, text, retain = false) => {
      await client.publishAsync(topic, text, { qos: 1, retain });
    },
    stop: async () => {
      await client.endAsync(true);
    },
  };
}
