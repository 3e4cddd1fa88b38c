import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { fill, fit, head, inverse, type Line, lineWidth, plainText, span, spread } from './lines.js';
import { paintLine } from './theme.js';

const LINE: Line = [span('界界', 'ok'), span(' and '), { text: 'more', bold: true }];

test('lines are cut to every width without splitting a character', () => {
  for (let columns = 0; columns < 20; columns++) {
    assert.ok(lineWidth(fit(LINE, columns)) <= columns);
    assert.equal(lineWidth(fill(LINE, columns)), columns);
    assert.equal(lineWidth(inverse(LINE, columns)), columns);
    assert.ok(lineWidth(spread(LINE, [span('right')], columns)) <= columns);
    assert.ok(lineWidth(head('Title', 'note', columns, true)) <= Math.max(2, columns));
  }
});

test('what was cut says so, also where a part ends just at the edge', () => {
  assert.equal(plainText(fit([span('abc'), span('def')], 3)), 'ab…');
  assert.equal(plainText(fit([span('abc'), span('')], 3)), 'abc');
});

test('the head of the panel with the focus differs without colours', () => {
  const [on, off] = [true, false].map((focused) => plainText(head('Log', '', 20, focused)));
  assert.notEqual(on, off);
});

test('paint adds sequences only, and none without colours and attributes', () => {
  for (const paint of ['colour', 'mono', 'none'] as const) {
    assert.equal(stripVTControlCharacters(paintLine(LINE, paint)), plainText(LINE));
  }
  assert.equal(paintLine(LINE, 'none'), plainText(LINE));
});

test('NO_COLOR keeps weight and inverse but sets no colour', () => {
  const everything: Line = (['plain', 'ok', 'warn', 'bad', 'info', 'dim', 'accent'] as const).flatMap((role) => [
    span('x', role),
    { text: 'x', role, inverse: true },
  ]);
  const codes = [...paintLine(everything, 'mono').matchAll(/\u001b\[([\d;]*)m/g)].flatMap((m) =>
    (m[1] ?? '').split(';'),
  );
  assert.deepEqual(
    codes.filter((code) => Number(code) >= 30),
    [],
  );
  assert.ok(codes.includes('1') && codes.includes('7'));
});
