/** Lines in which the sketch tells of its Wi-Fi and its broker (firmware/network.h, firmware/mqttlink.h). */

export type NetworkNews = 'wifi-lost' | 'wifi-back' | 'broker-lost' | 'broker-back';

const LINES: readonly (readonly [RegExp, NetworkNews])[] = [
  [/^WiFi: connection lost/, 'wifi-lost'],
  [/^WiFi: (?:connected again|the network is back)/, 'wifi-back'],
  [/^MQTT: (?:connection lost|connect failed)/, 'broker-lost'],
  [/^MQTT: connected to /, 'broker-back'],
];

/** What a line of text says; null when it says nothing of the kind. A journal that drops text must keep these lines. */
export function networkNews(text: string): NetworkNews | null {
  const at = text.indexOf('ESP8266 ');
  if (at < 0) return null;
  const said = text.slice(at + 'ESP8266 '.length, at + 80);
  return LINES.find(([line]) => line.test(said))?.[1] ?? null;
}
