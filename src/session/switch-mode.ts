import { EspwatchError } from '../errors.js';
import { refusalIn } from '../netprobe/requests.js';
import type { NetworkAccess, Reachable } from './detect.js';
import type { BoardSession } from './session.js';

/**
 * Tells the board to restart in its other mode, over the transport of the mode that it is in.
 * Resolves to that transport once the board has answered; the restart follows.
 * Throws NET_NOT_ASKED when there is no way to ask or no answer came, NET_REFUSED when the board will not do it.
 */
export async function switchMode(
  session: BoardSession,
  to: 'web-server' | 'mqtt-client',
  options: { readonly network: NetworkAccess; readonly known: Reachable; readonly signal: AbortSignal },
): Promise<'HTTP' | 'MQTT'> {
  const { network, known, signal } = options;
  const request = to === 'mqtt-client' ? 'MqttSslOn' : 'HttpOn';
  const { state } = session;
  session.record({ type: 'switch-commanded', to }, 'tool');
  if (state.mode === 'web-server' || state.mode === 'web-server+mqtt-client') {
    const { requestHttp } = await import('../netprobe/http.js');
    const host = network.host?.address ?? state.announced.ip ?? known.ip;
    const port = network.host?.port ?? state.announced.httpPort ?? known.httpPort;
    if (host === null || port === null) throw notAsked('its address is not known', 'Give it with --host.');
    const reply = await requestHttp({
      host,
      port,
      request,
      configPassword: network.configPassword,
      allowPublic: network.allowPublic,
      userGiven: network.host !== null,
      timeoutMs: network.timeoutMs,
      signal,
    });
    refuseOn(reply);
    return 'HTTP';
  }
  const { requestMqtt } = await import('../netprobe/mqtt.js');
  const { rxTopic, txTopic } = state.announced;
  if (network.broker === null) throw notAsked('no broker is known', "Give the board's broker with --broker URL.");
  if (rxTopic === null || txTopic === null)
    throw notAsked('its topics were not announced', 'Reset the board and try again.');
  const reply = await requestMqtt({
    broker: network.broker,
    rxTopic,
    txTopic,
    request,
    configPassword: network.configPassword,
    timeoutMs: network.timeoutMs,
    signal,
  });
  refuseOn(reply);
  return 'MQTT';
}

function refuseOn(reply: string): void {
  const why = refusalIn(reply);
  if (why === null) return;
  const hint = why.includes('password')
    ? 'Set ESPWATCH_CONFIG_PASSWORD to the password of its /config page.'
    : 'Store what it lacks on its /config page, or with espwatch settings set.';
  throw new EspwatchError('NET_REFUSED', `The board will not switch: ${why}.`, hint);
}

function notAsked(why: string, hint: string): EspwatchError {
  return new EspwatchError('NET_NOT_ASKED', `The board can't be told to switch: ${why}.`, hint);
}
