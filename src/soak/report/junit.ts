/** The verdict as JUnit XML: a suite for each board, a case for each threshold, and one suite for the run itself. */

import type { Finding } from '../ledger-types.js';
import { deviceText } from './device-text.js';
import { digest } from './digest.js';
import type { ReportInput } from './input.js';
import { wallClock } from './wall-clock.js';
import {
  count,
  endingInWords,
  loopInWords,
  rateInWords,
  resetInWords,
  tallyInWords,
  thresholdInWords,
  verdictInWords,
} from './words.js';

interface Case {
  readonly name: string;
  readonly failure: string | null;
}

interface Suite {
  readonly name: string;
  readonly seconds: number;
  readonly cases: readonly Case[];
  readonly output: readonly string[];
}

/** Lines of `system-out` of one suite. */
const MOST_LINES = 200;

/** The element order and attributes are what both common schemas (Ant's and Jenkins's) ask for. */
export function junitReport(input: ReportInput): string {
  const { ledger } = input;
  // The schemas know local time without an offset only; the zone stands among the properties.
  const clock = wallClock(input.timeZone, ledger.from, ledger.to);
  const properties = [
    ['title', input.title],
    ['zone', clock.zone],
    ['espwatch', input.run.version],
    ['started', input.run.started],
  ].map(([name = '', value = '']) => `      <property name="${xml(name)}" value="${xml(value)}"/>`);
  const suites = suitesOf(input).map((suite, id) => {
    const failed = suite.cases.filter((c) => c.failure !== null).length;
    const cases = suite.cases.map((c) => {
      const open = `    <testcase name="${xml(c.name)}" classname="${xml(`soak.${suite.name}`)}" time="0"`;
      if (c.failure === null) return `${open}/>`;
      return `${open}>\n      <failure message="${xml(c.failure)}" type="threshold">${xml(c.failure)}</failure>\n    </testcase>`;
    });
    return [
      `  <testsuite name="${xml(suite.name)}" package="soak" id="${id}" timestamp="${clock.local(ledger.from)}" hostname="localhost" tests="${suite.cases.length}" failures="${failed}" errors="0" skipped="0" time="${suite.seconds.toFixed(3)}">`,
      '    <properties>',
      ...properties,
      '    </properties>',
      ...cases,
      `    <system-out>${suite.output.slice(0, MOST_LINES).map(xml).join('\n')}</system-out>`,
      '    <system-err></system-err>',
      '  </testsuite>',
    ].join('\n');
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`;
}

function suitesOf(input: ReportInput): Suite[] {
  const { ledger, verdict } = input;
  const clock = wallClock(input.timeZone, ledger.from, ledger.to);
  const boards = ledger.boards.map((board): Suite => {
    const { findings } = digest(board, verdict);
    const loops = board.loops.map((loop) => `${clock.local(loop.from)} ${loopInWords(loop)}`);
    const resets = board.resets
      .filter((reset) => !reset.commanded && reset.loop === null)
      .map((reset) => `${clock.local(reset.t)} #${reset.number} ${resetInWords(reset)}: ${reset.evidence.join(' ')}`);
    return {
      name: board.name,
      seconds: board.watchedMs / 1000,
      cases: findings.map(caseOf),
      output: [...loops, ...resets],
    };
  });
  const known = new Set(ledger.boards.map((board) => board.name));
  const others = verdict.findings.filter((f) => !known.has(f.board)).map(caseOf);
  // A run that failed without a missed threshold, or was cut short without one, must not look green.
  const unexplained = verdictInWords(verdict, ledger) !== 'passed' && verdict.findings.every((f) => f.passed);
  const whole: Case = {
    name: 'run',
    failure: unexplained ? `${tallyInWords(verdict)}; the run: ${endingInWords(ledger)}.` : null,
  };
  const seconds = Math.max(0, ledger.to - ledger.from) / 1000;
  const output = [
    `${count(ledger.boards.length, 'board')}: ${tallyInWords(verdict)}.`,
    `${rateInWords(verdict.rate)}.`,
    verdict.proves,
  ];
  return [...boards, { name: 'run', seconds, cases: [whole, ...others], output }];
}

function caseOf(finding: Finding): Case {
  return { name: thresholdInWords(finding.threshold), failure: finding.passed ? null : finding.text };
}

/** Text as XML 1.0 takes it: characters outside of its range cannot even be written as references. */
function xml(text: string): string {
  return deviceText(text)
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
