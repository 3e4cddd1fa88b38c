import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** A CA made for one run and a server certificate that it signed. Keys never leave the process. */
export interface BrokerCertificates {
  readonly caPem: string;
  readonly caDer: Uint8Array;
  readonly certPem: string;
  readonly keyPem: string;
}

const DAY_MS = 86_400_000;
/** EC P-256 with SHA-256: BearSSL and OpenSSL both verify it, and the keys cost no start-up time. */
const KEY = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/**
 * Makes the certificates. BearSSL compares DNS names only and never IP addresses, so boards must be given a
 * name; the addresses are there for other clients.
 *
 * @param hosts DNS names and IP addresses that the server certificate is for, the first one its subject
 */
export async function makeBrokerCertificates(hosts: readonly string[]): Promise<BrokerCertificates> {
  // Loaded when first used: it takes longer to load than the keys take to make.
  const { generate } = await import('selfsigned');
  const validity = { notBeforeDate: new Date(Date.now() - DAY_MS), notAfterDate: new Date(Date.now() + 30 * DAY_MS) };
  const ca = await generate([{ name: 'commonName', value: 'espwatch virtual world CA' }], {
    ...KEY,
    ...validity,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: hosts[0] ?? 'localhost' }], {
    ...KEY,
    ...validity,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: hosts.map((host) => (isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host })),
      },
    ],
  });
  const caDer = new Uint8Array(new X509Certificate(ca.cert).raw);
  return { caPem: ca.cert, caDer, certPem: server.cert, keyPem: server.private };
}
