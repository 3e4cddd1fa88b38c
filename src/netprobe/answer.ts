import type { BoardIdentity } from '../board/events.js';
import { evidenceLine, jsonEvidence, textEvidence } from './evidence.js';
import { claimOf, identityOf, isAnother, NO_IDENTITY } from './identity.js';

/** Whose answer it is: our board's (as far as it says), another board's, or nothing that a device would say. */
export interface Judgement {
  readonly kind: 'device' | 'other-board' | 'not-a-device';
  readonly identity: BoardIdentity;
  readonly evidence: string;
}

/**
 * A device's answer to `GetSensors` is a JSON object with `SYS_Heap`, a number or one as text as the boards of 2017
 * give it, and `SYS_Time`, a number or a text (uptime or the time of day).
 */
export function judgeSensors(text: string, expect: BoardIdentity): Judgement {
  const object = parseObject(text);
  if (object === null || !isCount(object['SYS_Heap']) || !isTime(object['SYS_Time'])) {
    const evidence = text.trim() === '' ? 'an empty answer' : `not a device's answer: ${textEvidence(text)}`;
    return { kind: 'not-a-device', identity: NO_IDENTITY, evidence: evidenceLine(evidence) };
  }
  const claim = claimOf(object);
  const other = isAnother(claim, expect);
  const evidence = jsonEvidence(object);
  return {
    kind: other ? 'other-board' : 'device',
    identity: identityOf(claim, expect),
    evidence: other ? evidenceLine(`another board answered: ${evidence}`) : evidence,
  };
}

/**
 * A device's configuration page is a page with a form that has a field named for the SSID and one named
 * for MQTT or its broker (2017: `ssid`, `mqtt_bk`). The evidence names the fields, never their values.
 */
export function judgeConfigPage(text: string): Judgement {
  const fields = /<form\b/i.test(text) ? fieldNames(text) : [];
  const isDevice = fields.some((f) => /ssid/i.test(f)) && fields.some((f) => /mqtt|broker/i.test(f));
  const evidence = isDevice
    ? `${textEvidence(text)} with the fields ${fields.join(', ')}`
    : `not a device's configuration page: ${textEvidence(text)}`;
  return { kind: isDevice ? 'device' : 'not-a-device', identity: NO_IDENTITY, evidence: evidenceLine(evidence) };
}

function fieldNames(page: string): string[] {
  const names = page.matchAll(/<(?:input|select|textarea)\b[^<>]{0,300}?\sname\s?=\s?["']?([\w.-]{1,40})/gi);
  return Array.from(names, (m) => m[1] ?? '');
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text.replace(/\0+$/, ''));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function isTime(value: unknown): boolean {
  return isCount(value) || (typeof value === 'string' && /^[\w :.,+-]{1,40}$/.test(value));
}

function isCount(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0;
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim());
}
