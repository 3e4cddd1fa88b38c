import { X509Certificate } from 'node:crypto';

/** A broker and how to be let in. Passwords stay in here: no evidence, target or error repeats them. */
export interface Broker {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`; without user and password. */
  readonly url: string;
  readonly username: string | null;
  readonly password: string | null;
  /** PEM; replaces the system's CAs. */
  readonly ca: string | Uint8Array | null;
}

export interface BrokerAddress {
  readonly protocol: 'mqtt' | 'mqtts' | 'ws' | 'wss';
  /** IPv6 in brackets only where the `mqtt` package builds a URL of it. */
  readonly hostname: string;
  readonly port: number;
  /** Of a WebSocket; elsewhere empty. */
  readonly path: string;
  /** For people: the whole as a URL, without credentials or query. */
  readonly shown: string;
}

const PORTS = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 } as const;

/** Takes a broker URL apart. A string is why it cannot be used. */
export function parseBrokerUrl(text: string): BrokerAddress | string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'the broker URL is not a URL (mqtt://host:port)';
  }
  const protocol = url.protocol.slice(0, -1);
  if (protocol !== 'mqtt' && protocol !== 'mqtts' && protocol !== 'ws' && protocol !== 'wss') {
    return 'the broker URL must begin with mqtt://, mqtts://, ws:// or wss://';
  }
  if (url.username !== '' || url.password !== '') {
    return 'user and password do not belong in the broker URL; give them by environment or file';
  }
  if (url.hostname === '') return 'the broker URL names no host';
  const port = url.port === '' ? PORTS[protocol] : Number(url.port);
  if (port === 0) return 'the broker URL names port 0';
  const socket = protocol === 'ws' || protocol === 'wss';
  const hostname = socket ? url.hostname : url.hostname.replace(/^\[(.*)\]$/, '$1');
  const shown = `${protocol}://${url.hostname}:${port}${socket && url.pathname !== '/' ? url.pathname : ''}`;
  return { protocol, hostname, port, path: socket ? `${url.pathname || '/'}${url.search}` : '', shown };
}

/** The certificates of a CA file as OpenSSL takes them; null when it holds none that can be read. */
export function readCa(pem: string | Uint8Array): string[] | null {
  const text = typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch {
    return null;
  }
  return blocks.length === 0 ? null : blocks;
}
