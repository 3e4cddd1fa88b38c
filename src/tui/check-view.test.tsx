import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from 'ink-testing-library';
import type { Step } from '../session/check.js';
import { CheckView } from './check-view.js';

const steps: readonly Step[] = [
  { name: 'flash and verify', status: 'passed', detail: 'MD5 verified', failure: null },
  { name: 'boot', status: 'failed', detail: 'no banner', failure: 'mode' },
  { name: 'switch to MQTT', status: 'skipped', detail: 'an earlier step failed', failure: null },
  { name: 'switch back', status: 'waiting', detail: '', failure: null },
];

test('every status can be told without colours', () => {
  const { lastFrame, unmount } = render(<CheckView title="check of sim:" steps={steps} progress={null} />);
  const lines = (lastFrame() ?? '').split('\n');
  assert.equal(lines[0], 'check of sim:');
  assert.match(lines[1] ?? '', /^ ✓ flash and verify +MD5 verified$/);
  assert.match(lines[2] ?? '', /^ ✗ boot +no banner$/);
  assert.match(lines[3] ?? '', /^ - switch to MQTT +an earlier step failed$/);
  assert.match(lines[4] ?? '', /^ · switch back$/);
  unmount();
});

test('progress shows as a bar with its label', () => {
  const { lastFrame, unmount } = render(
    <CheckView title="t" steps={[]} progress={{ fraction: 0.5, label: 'writing 50 %' }} />,
  );
  assert.match(lastFrame() ?? '', /█{15}░{15} writing 50 %/);
  unmount();
});
