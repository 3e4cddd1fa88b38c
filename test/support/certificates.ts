import { isIP } from 'node:net';
import { generate } from 'selfsigned';

const DAY_MS = 86_400_000;
const KEYS = {
  ec: { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' },
  rsa: { keyType: 'rsa', keySize: 2048, algorithm: 'sha256' },
} as const;
export type KeyKind = keyof typeof KEYS;

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority, PEM. */
export async function makeCa(name = 'test CA', key: KeyKind = 'ec'): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: name }], {
    ...KEYS[key],
    notBeforeDate: days(-400),
    notAfterDate: days(400),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

export interface ServerCertificate {
  /** DNS names and IP addresses. */
  readonly names: readonly string[];
  /** Days from now, negative for the past; default from yesterday to in a month. */
  readonly validFrom?: number;
  readonly validTo?: number;
  /** Must be that of the CA; default EC. */
  readonly key?: KeyKind;
}

/** A server certificate, PEM; self-signed when there is no CA. */
export async function makeServerCertificate(ca: KeyPair | null, what: ServerCertificate): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: what.names[0] ?? 'nobody' }], {
    ...KEYS[what.key ?? 'ec'],
    notBeforeDate: days(what.validFrom ?? -1),
    notAfterDate: days(what.validTo ?? 30),
    ...(ca === null ? {} : { ca }),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: what.names.map((host) => (isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host })),
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}

function days(n: number): Date {
  return new Date(Date.now() + n * DAY_MS);
}
