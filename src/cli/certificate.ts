import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EspwatchError, messageOf } from '../errors.js';

/** What is shown of a certificate. */
export interface CertificateFacts {
  /** Of the DER. */
  readonly bytes: number;
  readonly sha256: string;
  /** null when the stored bytes are no certificate. */
  readonly subject: string | null;
  readonly validTo: string | null;
}

/** The DER of the one CA certificate in a PEM or DER file. Throws USAGE, SETTINGS_INVALID. */
export async function readCa(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new EspwatchError('USAGE', `The CA file can't be read: ${messageOf(cause)}.`, 'Check the path.', { cause });
  });
  const found = bytes.toString('latin1').split('-----BEGIN CERTIFICATE-----').length - 1;
  if (found > 1)
    throw unfit(`${found} certificates`, "Give a file with only the CA that signs the broker's certificate.");
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(bytes);
  } catch (cause) {
    throw unfit('no certificate in PEM or DER form', 'Give the CA certificate of the broker.', cause);
  }
  return new Uint8Array(certificate.raw);
}

export function certificateFacts(der: Uint8Array): CertificateFacts | null {
  if (der.length === 0) return null;
  const facts = { bytes: der.length, sha256: createHash('sha256').update(der).digest('hex') };
  try {
    const { subject, validTo } = new X509Certificate(der);
    return { ...facts, subject: subject.split('\n').join(', '), validTo };
  } catch {
    return { ...facts, subject: null, validTo: null };
  }
}

function unfit(what: string, hint: string, cause?: unknown): EspwatchError {
  return new EspwatchError('SETTINGS_INVALID', `The CA file holds ${what}.`, hint, { cause });
}
