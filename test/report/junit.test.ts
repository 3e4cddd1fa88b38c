import assert from 'node:assert/strict';
import { test } from 'node:test';
import { junitReport } from '../../src/soak/report/junit.js';
import { program } from '../support/peers.js';
import { runProgram } from '../support/run-program.js';
import { hostileSoak } from './hostile-soak.js';
import { sampleSoak } from './sample-soak.js';

const python = program('python3');

interface Node {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Node[];
}

/** The document as a strict parser of somebody else's reads it. */
async function parsed(xml: string, signal: AbortSignal): Promise<Node> {
  const code = [
    'import json, sys',
    'import xml.etree.ElementTree as E',
    'def node(e): return {"tag": e.tag, "attributes": e.attrib, "text": e.text or "", "children": [node(c) for c in e]}',
    'print(json.dumps(node(E.fromstring(sys.stdin.buffer.read()))))',
  ].join('\n');
  const { code: exit, output } = await runProgram(python.path, ['-c', code], { input: xml, signal });
  assert.equal(exit, 0, output);
  return JSON.parse(output) as Node;
}

/** The rules of the Ant and Jenkins schemas for the elements that we write. */
function checkSchema(root: Node): void {
  assert.equal(root.tag, 'testsuites');
  assert.deepEqual(root.attributes, {});
  root.children.forEach((suite, id) => {
    const { attributes: a, children } = suite;
    assert.equal(suite.tag, 'testsuite');
    const expected = [
      'errors',
      'failures',
      'hostname',
      'id',
      'name',
      'package',
      'skipped',
      'tests',
      'time',
      'timestamp',
    ];
    assert.deepEqual(Object.keys(a).sort(), expected);
    assert.match(a['timestamp'] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    assert.match(a['time'] ?? '', /^\d+\.\d+$/);
    assert.equal(a['id'], String(id));
    const order = children.map((child) => child.tag).join(' ');
    assert.match(order, /^properties (testcase )*system-out system-err$/);
    const cases = children.filter((child) => child.tag === 'testcase');
    const failed = cases.flatMap((one) => one.children);
    assert.equal(a['tests'], String(cases.length));
    assert.equal(a['failures'], String(failed.length));
    for (const one of cases) assert.deepEqual(Object.keys(one.attributes).sort(), ['classname', 'name', 'time']);
    for (const failure of failed) {
      assert.equal(failure.tag, 'failure');
      assert.deepEqual(Object.keys(failure.attributes).sort(), ['message', 'type']);
    }
  });
}

test('JUnit: a suite for each board, a failure for each missed threshold', { skip: python.skip }, async ({
  signal,
}) => {
  const root = await parsed(junitReport(sampleSoak()), signal);
  checkSchema(root);
  assert.deepEqual(
    root.children.map(({ attributes: a }) => `${a['name']} ${a['failures']}/${a['tests']}`),
    ['living room 0/6', 'balcony 1/6', 'cellar 3/6', 'attic 2/6', 'run 0/1'],
  );
  const [reset] = root.children[1]?.children.filter((child) => child.children[0]?.tag === 'failure') ?? [];
  assert.deepEqual(
    [reset?.attributes['name'], reset?.children[0]?.text],
    ['uncommanded resets', '4 uncommanded resets, 0 allowed.'],
  );
});

test('JUnit: hostile text stays text', { skip: python.skip }, async ({ signal }) => {
  const root = await parsed(junitReport(hostileSoak()), signal);
  checkSchema(root);
  assert.match(root.children[0]?.attributes['name'] ?? '', /^<\/script><script>document\.title="owned"/);
});

test('JUnit: a run that failed without a missed threshold is no success', { skip: python.skip }, async ({ signal }) => {
  const soak = sampleSoak();
  const verdict = { ...soak.verdict, findings: soak.verdict.findings.filter((f) => f.passed) };
  const root = await parsed(junitReport({ ...soak, verdict }), signal);
  checkSchema(root);
  assert.equal(root.children.at(-1)?.attributes['failures'], '1');
});
