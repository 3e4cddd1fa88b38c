import type { Fault } from './fault.js';

const WEB_LINE = 'ESP8266 Mode: Web Server Running';
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Replaces the line that announces the web server by those of MQTT mode; all else passes unchanged. */
export function lieAboutMode(): Fault {
  let mac = '';
  let lineStart = true;
  /** The beginning of a line that may yet become the one to replace. */
  let held = '';
  let replacing = false;

  const push = (byte: number, out: string[]): void => {
    const char = String.fromCharCode(byte);
    if (replacing) {
      // The rest of the replaced line goes, its end stays.
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) return;
      replacing = false;
    }
    if ((lineStart || held !== '') && WEB_LINE.startsWith(held + char)) {
      held += char;
      lineStart = false;
      if (held !== WEB_LINE) return;
      out.push(`MQTT Rx Topic: mqtt_rx_${mac}\r\nMQTT Tx Topic: mqtt_tx_${mac}\r\nESP8266 Mode: MQTT Client Running`);
      held = '';
      replacing = true;
      return;
    }
    out.push(held, char);
    held = '';
    lineStart = byte === LINE_FEED || byte === CARRIAGE_RETURN;
  };

  return {
    name: 'lie-mode',
    install: (board) => {
      mac = board.mac;
    },
    programStarted: () => {
      lineStart = true;
      held = '';
      replacing = false;
    },
    programOutput: (bytes) => {
      const out: string[] = [];
      for (const byte of bytes) push(byte, out);
      return Buffer.from(out.join(''), 'latin1');
    },
  };
}
