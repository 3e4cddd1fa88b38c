import type { ReportInput } from '../../src/soak/report/input.js';
import { sampleSoak } from './sample-soak.js';

/** Everything that a board, a network or a file could put into a text to break out of a report. */
export const HOSTILE = [
  '</script><script>document.title="owned"</script>',
  '<img src=x onerror=alert(1)>"\'`$(1)',
  '<!--<script>]]>&lt;&#x41;',
  '\u001b[31mred\u001b]0;t\u0007\u0000\u0008\u000b\ufffe\uffff',
  '\u2028\u2029\u202e\u200b\ufeff\ud800',
  '| a | [x](javascript:alert(1)) ![y](http://h/) @team #1 **b** `c` ```\n# H\n- - -\r\n<details>',
  'http://user:hunter2@host/ password=hunter2 "wifi_pwd": "hunter2"',
].join(' ');

/** The sample with a hostile text in every place that holds text. */
export function hostileSoak(): ReportInput {
  const poison = <T>(value: T): T => {
    if (typeof value === 'string') return (KEPT.test(value) ? value : `${HOSTILE} ${value}`) as T;
    if (Array.isArray(value)) return value.map(poison) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, poison(v)])) as T;
  };
  const soak = sampleSoak();
  return {
    ...soak,
    ledger: poison(soak.ledger),
    verdict: poison(soak.verdict),
    title: HOSTILE,
    run: { ...soak.run, plan: [HOSTILE], version: HOSTILE },
    frames: new Map([...(soak.frames ?? [])].map(([signature, lines]) => [poison(signature), lines.map(poison)])),
  };
}

/** Words of our own vocabulary: one lower-case word with dashes, or a threshold's name. Names of boards are not among them. */
const KEPT = /^(?!balcony|cellar|attic|oom-|exception-28)[a-z]+(-[a-z]+)*$|^[a-z]+[A-Z][A-Za-z]+$/;
