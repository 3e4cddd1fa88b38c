import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { loadReportAssets } from '../../src/soak/report/assets.js';
import { htmlReport } from '../../src/soak/report/html.js';
import { jsonReport } from '../../src/soak/report/json.js';
import { junitReport } from '../../src/soak/report/junit.js';
import { markdownReport, md } from '../../src/soak/report/markdown.js';
import { terminalReport } from '../../src/soak/report/terminal.js';
import { HOSTILE, hostileSoak } from './hostile-soak.js';
import { sampleSoak } from './sample-soak.js';

const assets = loadReportAssets();
const html = htmlReport(hostileSoak(), assets);
const SCRIPTS = /<script[^>]*>[\s\S]*?<\/script>/g;

/** Tags with the names of their attributes, outside of scripts and style. */
function tags(page: string): Set<string> {
  const markup = page.replace(SCRIPTS, '').replace(/<style>[\s\S]*?<\/style>/, '');
  const found = [...markup.matchAll(/<(\/?[a-z!][\w-]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/gi)].map(
    ([, name = '', attributes = '']) => `${name} ${attributes.replace(/="[^"]*"/g, '').trim()}`,
  );
  // Every `<` of the page belongs to a tag that was understood.
  assert.equal(markup.split('<').length - 1, found.length);
  return new Set(found);
}

test('a hostile night makes no tag and no attribute that the calm one has not', () => {
  const calm = tags(htmlReport(sampleSoak(), assets));
  assert.ok(calm.has('details ') && calm.size > 30, [...calm].join('\n'));
  assert.deepEqual(
    [...tags(html)].filter((tag) => !calm.has(tag)),
    [],
  );
});

test('the page holds one data block and one script, which its policy names', () => {
  const scripts = html.match(SCRIPTS) ?? [];
  assert.equal(scripts.length, 2);
  const [data = '', script = ''] = scripts.map((block) =>
    block.replace(/^<script[^>]*>/, '').replace(/<\/script>$/, ''),
  );
  assert.equal((JSON.parse(data) as { boards: unknown[] }).boards.length, 4);
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = /content="(default-src[^"]*)"/.exec(html)?.[1];
  assert.equal(
    policy,
    `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`,
  );
});

test('the page loads nothing', () => {
  const markup = html.replace(SCRIPTS, '');
  assert.deepEqual(markup.match(/\s(?:src|href|action|poster|data)="(?!#)[^"]*"|url\((?!#)|@import/gi), null);
});

const formats: readonly (readonly [string, string])[] = [
  ['HTML', html],
  ['Markdown', markdownReport(hostileSoak())],
  ['JUnit', junitReport(hostileSoak())],
  ['terminal', terminalReport(hostileSoak())],
];
for (const [format, text] of formats) {
  test(`${format}: no control character, no override of direction, no lone surrogate`, () => {
    const page = text.replace(SCRIPTS, '');
    assert.deepEqual(
      page.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g),
      null,
    );
    assert.deepEqual(page.match(/\p{Surrogate}/gu), null);
  });
}

test('no format shows a password', () => {
  for (const [format, text] of [...formats, ['JSON', JSON.stringify(jsonReport(hostileSoak()))]]) {
    assert.ok(text?.includes('host'), format);
    assert.ok(!text.includes('hunter2'), format);
  }
});

test('Markdown: nothing that could begin markup, a link, a mention or a cell is left', () => {
  const text = md(`- + 1. www.example.org ${HOSTILE} user@example.org`);
  assert.deepEqual(text.replace(/&#\d+;/g, '').match(/[<>&"'`*_{}[\]\\|~#@!$^:=]/g), null);
  assert.doesNotMatch(text, /^[-+]|www\.|example\.org/);
  assert.doesNotMatch(md('1. first'), /^1\./);
});

test('Markdown: every line of a hostile night begins as one of ours', () => {
  for (const line of markdownReport(hostileSoak()).split('\n')) {
    assert.match(
      line,
      /^$|^## Soak |^\*\*|^- |^\| |^\|:--|^\d+ uncommanded|^<details><summary>[A-Z]|^<\/details>$|^<sub>/,
      line.slice(0, 80),
    );
  }
});

test('a crash from a journal that was tampered with, text in place of numbers, makes no tag either', () => {
  const soak = sampleSoak();
  const tampered = '<b id=x>1</b>' as unknown as number;
  const boards = soak.ledger.boards.map((board) => ({
    ...board,
    crashGroups: board.crashGroups.map((group) => {
      const registers = { epc1: tampered, epc2: tampered, epc3: tampered, excvaddr: tampered, depc: tampered };
      const stack = group.example.stack === null ? null : { ...group.example.stack, words: [tampered] };
      return { ...group, example: { ...group.example, registers, stack } };
    }),
  }));
  assert.ok(boards.some(({ crashGroups }) => crashGroups.some(({ example }) => example.stack !== null)));
  const page = htmlReport({ ...soak, ledger: { ...soak.ledger, boards } }, assets);
  assert.ok(!page.includes('<b id=x>'));
});
