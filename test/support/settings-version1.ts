import { crc32 } from 'node:zlib';
import { SETTINGS_SECTOR_BYTES, type Settings } from '../../src/settings/record.js';

/** What version 1 had. */
export type Version1Settings = Pick<
  Settings,
  | 'mqttEnabled'
  | 'tlsEnabled'
  | 'staticIp'
  | 'httpPort'
  | 'mqttPort'
  | 'serialBaud'
  | 'ssid'
  | 'wifiPassword'
  | 'brokerHost'
  | 'mqttUser'
  | 'mqttPassword'
  | 'clientId'
  | 'rxTopic'
  | 'txTopic'
  | 'caDer'
>;

/** A sector as the first sketch wrote it: one record of version 1, the certificate in its payload. */
export function encodeVersion1(settings: Version1Settings): Uint8Array {
  const sector = Buffer.alloc(SETTINGS_SECTOR_BYTES, 0xff);
  sector.fill(0, 0, 460);
  sector.write('ESPW');
  sector.writeUInt16LE(1, 4);
  sector.writeUInt16LE(448 + settings.caDer.length, 6);
  sector[12] =
    Number(settings.mqttEnabled) | (Number(settings.tlsEnabled) << 1) | (Number(settings.staticIp !== null) << 2);
  sector.writeUInt16LE(settings.httpPort, 14);
  sector.writeUInt16LE(settings.mqttPort, 16);
  sector.writeUInt16LE(settings.caDer.length, 18);
  sector.writeUInt32LE(settings.serialBaud, 20);
  if (settings.staticIp !== null) {
    const { ip, netmask, gateway } = settings.staticIp;
    sector.set(
      [ip, netmask, gateway].flatMap((quad) => quad.split('.').map(Number)),
      24,
    );
  }
  sector.write(settings.ssid, 36);
  sector.write(settings.wifiPassword, 69);
  sector.write(settings.brokerHost, 134);
  sector.write(settings.mqttUser, 199);
  sector.write(settings.mqttPassword, 232);
  sector.write(settings.clientId, 297);
  sector.write(settings.rxTopic, 330);
  sector.write(settings.txTopic, 395);
  sector.set(settings.caDer, 460);
  sector.writeUInt32LE(crc32(sector.subarray(12, 460 + settings.caDer.length)), 8);
  return new Uint8Array(sector);
}
