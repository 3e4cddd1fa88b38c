import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Activity, BoardView } from '../../session/desk-types.js';
import { board, boardState, mqttBoard, NOW, probe } from '../desk.test.helper.js';
import { lineWidth, plainText } from '../lines.js';
import { activityText, flashRow } from './activity.js';
import { boardRows, listLines, openAlert, stripLine, windowStart } from './boards.js';
import { crossCheckLines, witnessRows } from './cross-check.js';
import { judge } from './facts.js';
import { healthLines, resetRows, trendRows } from './health.js';
import { nowLine } from './now.js';

function now(view: BoardView): string {
  return plainText(nowLine(view, NOW)).trim();
}

test('the now line says mode, verdict, age and heap', () => {
  assert.equal(now(mqttBoard('sim:')), '✓ MQTT client · confirmed · 4 h 12 m since the last reset · heap 23.4 kB');
});

test('the now line of a board that said nothing yet', () => {
  assert.equal(now(board('sim:')), '· mode not known yet · not checked · no reset seen in 1 m 0 s');
});

test('a lost port is said before all else, and no verdict beside it', () => {
  const text = now(mqttBoard('sim:', { connection: 'lost' }));
  assert.match(text, /^! PORT LOST/);
  assert.doesNotMatch(text, /confirmed/);
});

test('a cross-check from before the reset is none', () => {
  const view = mqttBoard('sim:', { runningSince: NOW - 1000 });
  assert.equal(judge(view).words, 'not checked since the reset');
  assert.ok(witnessRows(view, NOW).every((row) => row.who === 'serial' || row.says === 'not asked'));
});

test('three witnesses: the claim, and what each answer says about it', () => {
  const rows = witnessRows(mqttBoard('sim:'), NOW).map((r) => `${r.who}: ${r.judgement.words}: ${r.says}`);
  assert.deepEqual(rows, [
    'serial: the claim: claims MQTT client, up 4 h 12 m',
    'HTTP: agrees: no answer, 5 s ago',
    'MQTT: agrees: answered in 12 ms, 5 s ago',
  ]);
});

function contradicted(): BoardView {
  return mqttBoard('sim:', {
    crossCheck: {
      t: NOW - 2000,
      verdict: 'contradicted',
      reasons: ['The web server answered, which the board does not claim to run.'],
      checks: [probe('http', 'answered', 8, '<html>'), probe('mqtt', 'no-answer', null, '')],
    },
  });
}

test('a contradiction is unmistakable in words and marks', () => {
  const rows = witnessRows(contradicted(), NOW);
  assert.deepEqual(
    rows.map((r) => `${r.judgement.mark} ${r.judgement.words}`),
    ['· the claim', '✗ CONTRADICTS', '? open'],
  );
  for (const height of [4, 12]) {
    const text = crossCheckLines(contradicted(), NOW, 46, height).map(plainText).join('\n');
    assert.match(text, /^✗ CONTRADICTED/);
    assert.match(text, /✗ HTTP +CONTRADICTS(: |\n +)answered in 8 ms/);
  }
});

test('another device in place of the claimed one contradicts; in place of the other it does not', () => {
  const checks = [probe('http', 'not-this-device', 5, ''), probe('mqtt', 'not-this-device', 5, '')];
  const check = { t: NOW, verdict: 'contradicted' as const, reasons: [], checks };
  const rows = witnessRows(mqttBoard('sim:', { crossCheck: check }), NOW);
  assert.deepEqual(
    rows.map((r) => r.judgement.words),
    ['the claim', 'agrees', 'CONTRADICTS'],
  );
});

test('the panel wraps where it has rows, and stays within them', () => {
  for (const rows of [1, 4, 8, 20]) {
    const lines = crossCheckLines(contradicted(), NOW, 30, rows);
    assert.ok(lines.length <= rows);
    if (rows >= 8) assert.ok(lines.slice(1).every((line) => lineWidth(line) <= 30));
  }
});

test('evidence from the network brings no control character into the panel', () => {
  const checks = [probe('mqtt', 'answered', 1, '\u001b]0;owned\u0007\u001b[2J界\u202e')];
  const view = mqttBoard('sim:', { crossCheck: { t: NOW, verdict: 'confirmed', reasons: ['\u001b[31m'], checks } });
  for (const rows of [4, 20]) {
    const text = crossCheckLines(view, NOW, 60, rows).map(plainText).join('');
    assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f\u202e]/);
    assert.match(text, /界/);
  }
});

test('trends have units, and show minimum and maximum of the whole life', () => {
  const [heap] = trendRows(mqttBoard('sim:'));
  assert.deepEqual([heap?.name, heap?.now, heap?.min, heap?.max], ['heap', '23.4 kB', '19.8 kB', '25.0 kB']);
});

test('resets by cause, the most frequent first, with the time of the last where it is known', () => {
  const view = mqttBoard('sim:');
  const rows = resetRows({ ...view, state: { ...view.state, lastByCause: { exception: NOW - 90_000 } } });
  assert.deepEqual(rows, [
    { cause: 'crash', count: 2, last: NOW - 90_000 },
    { cause: 'hardware watchdog', count: 1, last: null },
  ]);
});

test('in few rows the resets are still there', () => {
  const lines = healthLines(mqttBoard('sim:'), NOW, 80, 3).map(plainText);
  assert.equal(lines.length, 3);
  assert.match(lines[2] ?? '', /resets 3 of its own \(2 crash, 1 hardware watchdog\) · 4 by espwatch/);
});

test('trend rows fit, whatever the width', () => {
  for (let columns = 10; columns < 100; columns++) {
    const [line] = healthLines(mqttBoard('sim:'), NOW, columns, 10);
    if (columns >= 40) assert.ok(lineWidth(line ?? []) <= columns, String(columns));
  }
});

const FLASH: Extract<Activity, { kind: 'flash' }> = {
  kind: 'flash',
  since: NOW,
  what: 'prebuilt',
  progress: { phase: 'write', done: 43, total: 100, bytesPerSecond: 61_200 },
  leftMs: 3000,
};

test('a flash shows phase, part, rate and time left', () => {
  assert.deepEqual(flashRow(FLASH), {
    what: 'prebuilt',
    phase: 'writing',
    fraction: 0.43,
    figures: '43 % · 61.2 kB/s · 3.0 s left',
  });
  assert.equal(activityText(FLASH), 'flashing, writing 43 %');
  assert.equal(flashRow({ ...FLASH, progress: null, leftMs: null }).phase, 'preparing');
  const connecting = { phase: 'connect', done: 0, total: 0, bytesPerSecond: 0 } as const;
  assert.equal(flashRow({ ...FLASH, progress: connecting, leftMs: null }).fraction, null);
});

test('an alert stands until it is acknowledged, and a later one stands again', () => {
  const alerts = [{ t: NOW - 10, kind: 'crash', text: 'crash' }] as const;
  const view = board('sim:', { alerts });
  assert.equal(openAlert(view, undefined)?.text, 'crash');
  assert.equal(openAlert(view, NOW - 10), null);
  assert.equal(openAlert(view, NOW - 11)?.text, 'crash');
});

test('rows of boards fit every width, with names and alerts of any kind', () => {
  const evil = board('/dev/界界界\u001b[2J🇩🇪', { alerts: [{ t: NOW, kind: 'crash', text: 'x\u0007👩‍👩‍👧 crashed' }] });
  const rows = boardRows([mqttBoard('sim:'), evil], 'sim:', {}, NOW);
  for (const row of rows) {
    for (let columns = 1; columns < 90; columns++) {
      for (const line of [stripLine(row, columns), ...listLines(row, columns)]) {
        assert.ok(lineWidth(line) <= columns);
        assert.doesNotMatch(plainText(line), /[\u0000-\u001f\u007f-\u009f]/);
      }
    }
  }
});

test('an alert catches the eye without colour: mark, words, and the whole row inverse', () => {
  const alerts = [{ t: NOW - 3000, kind: 'crash', text: 'exception 28' }] as const;
  const [row] = boardRows([board('sim:', { alerts })], null, {}, NOW);
  assert.ok(row !== undefined);
  const line = stripLine(row, 60);
  assert.match(plainText(line), /! sim: {2}exception 28 \(3 s ago\)/);
  assert.ok(line.every((part) => part.inverse === true));
});

test('hints about a silent port are not given to a board that is just being opened', () => {
  const fresh = crossCheckLines(board('sim:', { watchedSince: NOW - 1000 }), NOW, 60, 12);
  const old = crossCheckLines(board('sim:', { state: boardState() }), NOW, 60, 12);
  assert.doesNotMatch(fresh.map(plainText).join('\n'), /→/);
  assert.match(old.map(plainText).join('\n'), /→/);
});

test('the window scrolls as little as need be', () => {
  assert.deepEqual(
    [0, 2, 3, 9].map((selected) => windowStart(selected, 3, 10)),
    [0, 0, 1, 7],
  );
  assert.equal(windowStart(1, 5, 2), 0);
});
