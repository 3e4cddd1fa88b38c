/** Test support: a CA and a server certificate for one test. */
import { X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';

const DAY_MS = 86_400_000;
const KEY = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

export interface TestCertificates {
  readonly ca: Uint8Array;
  readonly cert: string;
  readonly key: string;
}

/** @param names DNS names that the server certificate is for; 127.0.0.1 is always among its addresses */
export async function makeCertificates(names: readonly string[], expired = false): Promise<TestCertificates> {
  const now = Date.now();
  const valid = { notBeforeDate: new Date(now - 9 * DAY_MS), notAfterDate: new Date(now + 9 * DAY_MS) };
  const ca = await generate([{ name: 'commonName', value: 'test CA' }], {
    ...KEY,
    ...valid,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: names[0] ?? '' }], {
    ...KEY,
    ...valid,
    ...(expired ? { notAfterDate: new Date(now - DAY_MS) } : {}),
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [...names.map((value) => ({ type: 2 as const, value })), { type: 7 as const, ip: '127.0.0.1' }],
      },
    ],
  });
  return { ca: new Uint8Array(new X509Certificate(ca.cert).raw), cert: server.cert, key: server.private };
}
