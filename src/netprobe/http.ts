import type { BoardIdentity, ProbeOutcome, ProbeResult } from '../board/events.js';
import { type Clock, realClock } from '../clock.js';
import { classifyAddress, mayAsk } from './address.js';
import { type Judgement, judgeConfigPage, judgeSensors } from './answer.js';
import { evidenceLine, textEvidence } from './evidence.js';
import { type Exchange, exchange } from './http-exchange.js';
import type { HttpReply } from './http-response.js';
import { connectFailure, errorCode, noReply, type Reply, textOf, toProbe } from './outcome.js';
import { type DeviceRequest, passwordQuery, refusalIn, requestPath } from './requests.js';

export interface HttpTarget {
  /** What the board announced or the user gave; null when neither did. */
  readonly host: string | null;
  readonly port: number | null;
  /** Milliseconds for everything together. */
  readonly timeoutMs: number;
  /** Ask an announced address outside the private, link-local and loopback ranges too. */
  readonly allowPublic: boolean;
  /** The user named this host: ask it wherever it is. */
  readonly userGiven: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

export interface HttpProbeOptions extends HttpTarget {
  /** Ask this path only; without it `GetSensors`, then the configuration page if that was not a device's answer. */
  readonly path?: string | undefined;
  readonly expect: BoardIdentity;
}

const SENSORS = requestPath('GetSensors');

/**
 * Asks a board's web server who it is, without changing anything on it. Every end is an outcome; the only
 * error thrown is `ABORTED`.
 */
export async function probeHttp(options: HttpProbeOptions): Promise<ProbeResult> {
  const { path, expect, clock = realClock } = options;
  const deadline = clock.now() + options.timeoutMs;
  const first = await ask(options, path ?? SENSORS);
  const judged = judge(first, expect, path !== undefined);
  if (path !== undefined || first.text === null || judged.outcome === 'answered' || judged.another)
    return judged.result;
  const second = await ask({ ...options, timeoutMs: Math.max(1, deadline - clock.now()) }, '/config');
  const page = judge(second, expect, true);
  return page.outcome === 'answered' ? page.result : judged.result;
}

export interface HttpRequestOptions extends HttpTarget {
  readonly request: DeviceRequest;
  /** Of a board that takes changes only with its password. */
  readonly configPassword?: string | null | undefined;
}

/**
 * Sends a request and gives the reply's text as it came (not safe to show). A reply that broke off because the
 * board restarted is a reply. Throws `NET_NOT_ASKED` when none came, and `ABORTED`.
 */
export async function requestHttp(options: HttpRequestOptions): Promise<string> {
  const reply = await ask(options, requestPath(options.request), passwordQuery(options.configPassword));
  // A refusal has an HTTP status of its own, and is the board's answer all the same.
  return reply.text !== null && refusalIn(reply.text) !== null ? reply.text : textOf(reply, 'HTTP');
}

interface Judged {
  readonly outcome: ProbeOutcome;
  readonly another: boolean;
  readonly result: ProbeResult;
}

function judge(reply: Reply, expect: BoardIdentity, pageToo: boolean): Judged {
  if (reply.outcome !== 'answered' || reply.text === null) {
    return { outcome: reply.outcome, another: false, result: toProbe('http', reply) };
  }
  let judgement: Judgement = judgeSensors(reply.text, expect);
  if (judgement.kind === 'not-a-device' && pageToo) {
    const page = judgeConfigPage(reply.text);
    if (page.kind === 'device') judgement = page;
  }
  const outcome = judgement.kind === 'device' ? 'answered' : 'not-this-device';
  const { evidence, identity } = judgement;
  const result = toProbe('http', { ...reply, outcome, evidence }, identity);
  return { outcome, another: judgement.kind === 'other-board', result };
}

/** `secret` goes over the wire behind the path, and nowhere else. */
async function ask(target: HttpTarget, path: string, secret = ''): Promise<Reply> {
  const { port, timeoutMs, allowPublic, userGiven, signal, clock } = target;
  const host = target.host?.replace(/^\[(.*)\]$/, '$1') ?? '';
  const kind = classifyAddress(host);
  if (host === '' || kind === 'none' || port === null) {
    return noReply('not-configured', null, 'no address of the board is known');
  }
  if (!/^[\w.:%-]+$/.test(host) || !Number.isInteger(port) || port < 1 || port > 65535 || !/^\/[!-~]*$/.test(path)) {
    return noReply('error', null, `not an address to ask: ${host} port ${port} path ${path}`);
  }
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
  if (!mayAsk(host, { allowPublic, userGiven })) {
    const why =
      kind === 'name'
        ? 'the board announced no IP address; give the host yourself to ask it'
        : 'the board announced a public address, which is asked only with --allow-public';
    return noReply('error', url, why);
  }
  return toReply(await exchange({ host, port, path: path + secret, timeoutMs, signal, clock }), url, timeoutMs);
}

function toReply(result: Exchange, url: string, timeoutMs: number): Reply {
  switch (result.end) {
    case 'not-connected': {
      const failure = connectFailure(result.error);
      if (failure !== null) return noReply(failure.outcome, url, failure.evidence);
      return noReply('error', url, `could not connect (${errorCode(result.error) || 'unknown error'})`);
    }
    case 'no-connection-in-time':
      return noReply('unreachable', url, `no connection within ${Math.round(timeoutMs)} ms`);
    case 'silence': {
      const what = result.closed ? 'closed the connection without an answer' : 'connected, but no answer in time';
      return noReply('no-answer', url, what);
    }
    case 'reply':
      return fromHttp(result.reply, result.cut, result.rttMs, url);
    default:
      return result satisfies never;
  }
}

function fromHttp(reply: HttpReply, cut: 'time' | 'cap' | null, rttMs: number, target: string): Reply {
  const text = reply.body.toString('utf8');
  const { status } = reply;
  if (status !== null && (status < 200 || status > 299)) {
    const location = reply.headers.get('location');
    const where =
      status > 299 && status < 400 && location !== undefined ? `, sends us to ${location} (not followed)` : '';
    return { outcome: 'not-this-device', target, rttMs, evidence: evidenceLine(`HTTP status ${status}${where}`), text };
  }
  if (cut === 'cap') {
    const evidence = `more than a device would send: ${textEvidence(text)}`;
    return { outcome: 'not-this-device', target, rttMs, evidence: evidenceLine(evidence), text };
  }
  const evidence = text === '' && cut === 'time' ? 'an answer began, but did not come in time' : textEvidence(text);
  return { outcome: text === '' && cut === 'time' ? 'no-answer' : 'answered', target, rttMs, evidence, text };
}
