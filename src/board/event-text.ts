import { printable } from '../printable.js';
import type { BoardEvent } from './events.js';
import type { BoardState } from './state.js';
import { bootModeInWords, causeInWords, crashHint, crashInWords } from './wording.js';

export interface EventText {
  readonly text: string;
  readonly style: 'green' | 'yellow' | 'red' | 'cyan' | 'dim';
}

/** What an event means, for a person; null when the line itself says it. `state` is the state after it. */
export function eventText(event: BoardEvent, state: BoardState): EventText | null {
  const text = decode(event, state);
  return text === null ? null : { ...text, text: printable(text.text, 500) };
}

function decode(event: BoardEvent, state: BoardState): EventText | null {
  switch (event.type) {
    case 'rom-banner': {
      const commanded = state.lastReset?.commanded === true ? ', commanded by espwatch' : '';
      const sure =
        event.confidence < 1 ? ` (recognised at the wrong speed, confidence ${event.confidence.toFixed(2)})` : '';
      const alarm = commanded === '' && event.cause !== 'power-on';
      return {
        text: `reset: ${causeInWords(state.lastReset?.cause ?? event.cause)}${commanded}; ${bootModeInWords(event.bootMode)}${sure}`,
        style: alarm ? 'red' : 'cyan',
      };
    }
    case 'boot-error':
      return { text: `the ROM cannot boot: ${event.kind}`, style: 'red' };
    case 'crash': {
      const hint = crashHint(event.report);
      return { text: `crash: ${crashInWords(event.report)}${hint === null ? '' : ` (${hint})`}`, style: 'red' };
    }
    case 'reset-reason':
      return {
        text: `reset reason: ${causeInWords(event.cause)}${event.raw === null ? '' : ` (SDK ${event.raw})`}`,
        style: 'dim',
      };
    case 'ip':
      return { text: `address: ${event.ip}${event.accessPoint ? ' (access point)' : ''}`, style: 'green' };
    case 'mode':
      return { text: modeText(event, state), style: 'green' };
    case 'topic':
      return { text: `${event.direction === 'rx' ? 'Rx' : 'Tx'} topic: ${event.topic}`, style: 'green' };
    case 'link':
      if (event.state === 'lost')
        return { text: `port lost: ${event.detail ?? ''} Waiting for it to come back.`, style: 'yellow' };
      return event.state === 'back' ? { text: 'port is back', style: 'green' } : null;
    case 'reset-commanded':
      return { text: 'espwatch resets the board', style: 'cyan' };
    case 'switch-commanded':
      return { text: `espwatch asks the board to switch to ${event.to}`, style: 'cyan' };
    case 'probe':
      return { text: `${event.result.via}: ${event.result.outcome} ${event.result.evidence}`, style: 'cyan' };
    case 'boot-load':
    case 'boot-checksum':
    case 'rom-message':
    case 'eboot':
    case 'http-port':
    case 'mac':
    case 'telemetry':
    case 'text':
    case 'unparsed':
    case 'bootloader':
    case 'flash':
    case 'silence':
      return null;
  }
}

function modeText(event: Extract<BoardEvent, { type: 'mode' }>, { announced }: BoardState): string {
  if (event.mode === 'mqtt-client') {
    return `MQTT client: Rx ${announced.rxTopic ?? 'not announced'}, Tx ${announced.txTopic ?? 'not announced'}`;
  }
  const name = event.mode === 'access-point' ? 'access point' : 'web server';
  const place = announced.ip === null ? '' : ` at http://${announced.ip}:${announced.httpPort ?? '?'}`;
  return `${name}${place}${event.serverType === null ? '' : `, type ${event.serverType}`}`;
}
