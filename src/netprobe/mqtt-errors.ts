import type { ProbeOutcome } from '../board/events.js';
import { messageOf } from '../errors.js';
import { evidenceLine } from './evidence.js';
import { connectFailure, errorCode } from './outcome.js';

export interface Failure {
  readonly outcome: ProbeOutcome;
  readonly evidence: string;
}

/** Why the broker could not be asked, from what mqtt, ws, tls or net reported. */
export function brokerFailure(error: unknown): Failure {
  const failed = connectFailure(error);
  if (failed !== null) return { outcome: failed.outcome, evidence: `no broker: ${failed.evidence}` };
  return { outcome: 'error', evidence: evidenceLine(certificateFailure(error) ?? protocolFailure(error)) };
}

/** Why a certificate was not accepted (OpenSSL's verify codes as Node names them); null for other errors. */
export function certificateFailure(error: unknown): string | null {
  switch (errorCode(error)) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the broker's certificate is for another name: ${reasonOf(error)}`;
    case 'CERT_HAS_EXPIRED':
      return "the broker's certificate has expired";
    case 'CERT_NOT_YET_VALID':
      return "the broker's certificate is not yet valid (is this computer's clock right?)";
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return "the broker's certificate is self-signed and not trusted; give it with --ca if it is yours";
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_SIGNATURE_FAILURE':
    case 'CERT_UNTRUSTED':
      return "the broker's certificate is from an unknown CA; give the CA's certificate with --ca";
    case 'CERT_REVOKED':
      return "the broker's certificate was revoked";
    case 'INVALID_CA':
    case 'INVALID_PURPOSE':
    case 'PATH_LENGTH_EXCEEDED':
    case 'CERT_CHAIN_TOO_LONG':
    case 'CERT_REJECTED':
      return `the broker's certificate chain is not acceptable (${errorCode(error)})`;
    default:
      return null;
  }
}

function protocolFailure(error: unknown): string {
  const code = errorCode(error);
  const message = messageOf(error);
  const status = /Unexpected server response: (\d{3})/.exec(message)?.[1];
  if (status === '401' || status === '403') return `not authorised by the WebSocket server (HTTP status ${status})`;
  if (status !== undefined) return `no MQTT over WebSocket there (HTTP status ${status})`;
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code)) return 'no TLS is spoken on that port';
  if (/_ALERT_/.test(code)) return `the broker ended the TLS handshake (${code})`;
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the broker closed the connection (does that port want TLS?)';
  return `could not talk to the broker (${evidenceLine(code === '' ? message : code, 120)})`;
}

/** MQTT 3.1.1 return codes of CONNACK (table 3.1) and what they mean for the user. */
export function refusedByBroker(returnCode: number): string {
  switch (returnCode) {
    case 4:
      return 'not authorised: the broker does not accept this user name or password';
    case 5:
      return 'not authorised: the broker refuses this client (user and password missing or wrong?)';
    case 1:
      return 'the broker does not speak MQTT 3.1.1';
    case 2:
      return 'the broker refuses our client id';
    case 3:
      return 'the broker says that its service is unavailable';
    default:
      return `the broker refuses the connection (code ${returnCode})`;
  }
}

function reasonOf(error: unknown): string {
  const reason = (error as { reason?: unknown }).reason;
  return typeof reason === 'string' ? reason : messageOf(error);
}
