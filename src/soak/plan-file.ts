import { Ajv2020 } from 'ajv/dist/2020.js';
import { EspwatchError } from '../errors.js';
import { parseDuration } from './plan.js';

/** A plan as people write it; what is left out has the command's default. */
export interface PlanFile {
  readonly ports?: readonly string[];
  readonly baud?: number;
  readonly for?: string;
  readonly probeEvery?: string;
  readonly cycleModes?: string;
  readonly telemetry?: 'auto' | 'expected' | 'none';
  readonly targetMtbf?: string;
  readonly thresholds?: {
    readonly resets?: number;
    readonly silence?: string;
    readonly probeFailures?: number;
    readonly heapLossPerHour?: number | null;
    readonly minFreeHeap?: number | null;
    readonly contradictions?: number;
  };
}

const duration = {
  type: 'string',
  pattern: '^(\\d+(\\.\\d+)?(ms|s|m|h|d))+$|^\\d+(\\.\\d+)?$',
  description: 'such as 8h, 1h30m, 45s; a bare number is seconds',
};
const durationOrNone = { anyOf: [{ const: 'none' }, duration] };
const count = { type: 'integer', minimum: 0 };

/** Published as `docs/schemas/soak-plan.schema.json`. */
export const PLAN_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'espwatch soak plan',
  type: 'object',
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    ports: { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1, maxItems: 256 },
    baud: { type: 'integer', minimum: 300, maximum: 4_000_000, description: "the sketch's speed" },
    for: { ...duration, description: 'watched time, such as 8h' },
    probeEvery: { ...durationOrNone, description: 'between two probes over HTTP or MQTT' },
    cycleModes: { ...durationOrNone, description: 'between two commanded changes of mode' },
    telemetry: { enum: ['auto', 'expected', 'none'], description: 'auto: who printed it once must go on' },
    targetMtbf: { ...durationOrNone, description: 'mean time between failures to show' },
    thresholds: {
      type: 'object',
      additionalProperties: false,
      properties: {
        resets: { ...count, description: 'uncommanded resets of one board; a boot loop counts once' },
        silence: durationOrNone,
        probeFailures: { type: 'number', minimum: 0, maximum: 1, description: 'as a share of the probes' },
        heapLossPerHour: { anyOf: [{ type: 'null' }, { type: 'number', minimum: 0 }], description: 'bytes' },
        minFreeHeap: { anyOf: [{ type: 'null' }, count], description: 'bytes' },
        contradictions: count,
      },
    },
  },
} as const;

/** Throws USAGE with the first thing that is wrong. */
export function parsePlanFile(text: string): PlanFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong('it is no JSON', error);
  }
  const validate = new Ajv2020({ allErrors: false, strict: true, allowUnionTypes: true }).compile<PlanFile>(
    PLAN_SCHEMA,
  );
  if (!validate(value)) {
    const first = validate.errors?.[0];
    const place = first?.instancePath.slice(1).replaceAll('/', '.') ?? '';
    const extra = first?.keyword === 'additionalProperties' ? `: ${String(first.params['additionalProperty'])}` : '';
    throw wrong(`${place === '' ? 'it' : place} ${first?.message ?? 'is not right'}${extra}`);
  }
  return value;
}

/** `none` is null. Throws USAGE. */
export function durationOf(name: string, text: string): number | null {
  if (text === 'none') return null;
  const ms = parseDuration(text);
  if (ms !== null && ms > 0) return ms;
  throw new EspwatchError('USAGE', `${name} takes a time such as 8h, 90m or 45s.`, 'See "espwatch help soak".');
}

function wrong(what: string, cause?: unknown): EspwatchError {
  return new EspwatchError(
    'USAGE',
    `The plan can't be used: ${what}.`,
    'Its schema is docs/schemas/soak-plan.schema.json.',
    { cause },
  );
}
