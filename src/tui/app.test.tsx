import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startApp, type TestApp, type TestAppOptions } from './app.test.helper.js';
import { board, FakeDesk, mqttBoard, NOW, port, probe } from './desk.test.helper.js';
import { widthOf } from './text.js';

function app(t: TestContext, options: TestAppOptions): TestApp {
  const started = startApp(options);
  t.after(() => started.unmount());
  return started;
}

function assertFits(shown: TestApp, columns: number, rows: number): void {
  const lines = shown.lines();
  assert.ok(lines.length <= rows, `${lines.length} rows of ${rows}`);
  for (const line of lines) {
    assert.ok(widthOf(line) <= columns, `${widthOf(line)} columns of ${columns}: ${line}`);
    assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  }
}

test('first start: says that there is no board, and one key adds a virtual one', async (t) => {
  const desk = new FakeDesk();
  const shown = app(t, { desk });
  assert.match(shown.text(), /No board yet/);
  assert.match(shown.text(), /Press s for a virtual board/);
  await shown.type('s');
  assert.deepEqual(desk.calls, [['add', 'sim:']]);
  assert.match(shown.text(), /▸1 sim:/);
  assert.equal(shown.ui.state.selected, 'sim:');
});

test('80x24 shows boards, now, log, cross-check and keys', (t) => {
  const desk = new FakeDesk({ boards: [mqttBoard('sim:'), board('/dev/ttyUSB0')], ports: [port('/dev/ttyUSB1')] });
  const shown = app(t, { desk });
  assertFits(shown, 80, 24);
  const text = shown.text();
  assert.match(text, /▸1 sim: {2}✓ MQTT client · confirmed/);
  assert.match(text, / 2 \/dev\/ttyUSB0 {2}· mode not known yet/);
  assert.match(text, /✓ MQTT client · confirmed · 4 h 12 m since the last reset · heap 23\.4 kB/);
  assert.match(text, /line 40/);
  assert.match(text, /✓ MQTT {3}agrees: answered in 12 ms/);
  assert.match(text, /\? help {2}q quit/);
});

test('200x50 shows all side by side', (t) => {
  const shown = app(t, { desk: new FakeDesk({ boards: [mqttBoard('sim:')] }), columns: 200, rows: 50 });
  assertFits(shown, 200, 50);
  for (const part of ['Boards', 'Cross-check', 'Health', 'line 1', 'line 40', '2 crash', '▁▅▃█', 'o soak']) {
    assert.ok(shown.text().includes(part), part);
  }
});

const EVIL = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e界界👩‍👩‍👧🇩🇪❤️e\u0301\u0301\u0301\ud800\r\n';

function evilBoard(name: string) {
  const calm = mqttBoard(name);
  const { announced } = calm.state;
  return {
    ...calm,
    port: { ...calm.port, adapter: EVIL, serialNumber: EVIL, holder: EVIL },
    state: { ...calm.state, announced: { ...announced, serverType: EVIL, rxTopic: EVIL.repeat(30), txTopic: EVIL } },
    crossCheck: {
      t: NOW,
      verdict: 'confirmed' as const,
      reasons: [EVIL],
      checks: [probe('mqtt', 'answered', 3, EVIL.repeat(20))],
    },
    problem: { code: 'PORT_IO', message: EVIL, hint: EVIL, t: NOW },
    outcome: { kind: 'flash' as const, t: NOW, ok: false, text: EVIL, hint: EVIL },
    alerts: [{ t: NOW, kind: 'crash' as const, text: EVIL }],
  };
}

test('hostile and wide texts break no view, at any size, in any dialog', async (t) => {
  const boards = [evilBoard(`/dev/${EVIL}`), evilBoard('b')];
  const desk = new FakeDesk({ boards, ports: [{ ...port(EVIL), adapter: EVIL, holder: EVIL }] });
  desk.images_ = [{ id: EVIL, label: EVIL.repeat(9), group: 'recent' }];
  desk.facts = { lines: [EVIL.repeat(9)], bytes: 1, problem: { code: 'X', message: EVIL, hint: EVIL, t: 0 } };
  desk.files = [{ path: EVIL, name: EVIL, folder: true }];
  for (const [columns, rows] of [
    [80, 24],
    [120, 30],
    [200, 50],
    [41, 12],
  ] as const) {
    const shown = app(t, { desk, columns, rows });
    assertFits(shown, columns, rows);
    // Every dialog, the panels, tiles, and back.
    for (const keys of [
      ['f', '\r'],
      ['f', 'j', '\r'],
      ['a'],
      ['i', EVIL],
      ['m'],
      ['r'],
      ['x'],
      ['\r'],
      ['?'],
      [':'],
      ['S'],
      ['o'],
      ['t'],
      ['\t'],
      ['\t'],
      ['\t'],
      ['2'],
    ]) {
      await shown.type(...keys);
      assertFits(shown, columns, rows);
      await shown.type('\u001b', '\u001b', '\u001b');
      assertFits(shown, columns, rows);
    }
    assert.deepEqual(shown.errors, []);
  }
});

test('a terminal of any size is survived, also while it changes', async (t) => {
  const shown = app(t, { desk: new FakeDesk({ boards: [mqttBoard('sim:'), mqttBoard('b')] }) });
  for (const [columns, rows] of [
    [20, 5],
    [200, 50],
    [1, 1],
    [80, 24],
    [300, 12],
    [40, 100],
  ] as const) {
    await shown.resize(columns, rows);
    assertFits(shown, Math.max(columns, 1), rows);
    if (columns === 20) assert.match(shown.text(), /too small/);
    if (columns === 80) assert.match(shown.text(), /Cross-check/);
  }
  assert.deepEqual(shown.errors, []);
});

test('changes of the desk show at a limited rate, the last of them always', async (t) => {
  const desk = new FakeDesk({ boards: [board('sim:')] });
  const shown = app(t, { desk });
  await shown.clock.advance(0);
  const at = (bytes: number) => desk.change({ boards: [board('sim:', { state: { ...mqttBoard('x').state }, bytes })] });
  at(1);
  await shown.clock.advance(0);
  assert.match(shown.text(), /MQTT client/);
  desk.change({ boards: [board('sim:', { connection: 'lost' })] });
  desk.change({ boards: [board('sim:', { connection: 'failed' })] });
  await shown.clock.advance(67);
  assert.match(shown.text(), /cannot be opened/);
});

test('ages go on by themselves', async (t) => {
  const shown = app(t, { desk: new FakeDesk({ boards: [board('sim:', { runningSince: NOW - 30_000 })] }) });
  assert.match(shown.text(), /30 s since the last reset/);
  await shown.clock.advance(2000);
  assert.match(shown.text(), /32 s since the last reset/);
});

test('a panel that throws says so; the others, the keys and the session go on; Ctrl-L tries again', async (t) => {
  let broken = true;
  const good = mqttBoard('sim:');
  const bad = {
    ...good,
    get trends() {
      if (broken) throw new Error('no trends\u001b[2J today');
      return good.trends;
    },
  };
  const desk = new FakeDesk({ boards: [bad] });
  const shown = app(t, { desk, columns: 200, rows: 50 });
  assert.match(shown.text(), /The health panel broke: no trends today/);
  assert.match(shown.text(), /Cross-check/);
  assert.match(shown.text(), /line 40/);
  assert.ok(shown.errors.length >= 1);
  await shown.type('d');
  assert.deepEqual(desk.calls, [['detect', 'sim:', false]]);
  broken = false;
  await shown.type('\u000c');
  assert.match(shown.text(), /▁▅▃█/);
  assert.doesNotMatch(shown.text(), /broke/);
  assert.deepEqual(shown.heard, ['redraw']);
});

test('several logs side by side', async (t) => {
  const boards = ['sim:', 'b', 'c', 'd', 'e'].map((name) => mqttBoard(name));
  const shown = app(t, { desk: new FakeDesk({ boards }), columns: 200, rows: 50 });
  await shown.type('t');
  const heads = (): readonly string[] =>
    shown.lines().flatMap((l) => [...l.matchAll(/(\S+) · following/g)].map((m) => m[1] ?? ''));
  assert.deepEqual(heads(), ['sim:', 'b', 'c', 'd']);
  await shown.type('5');
  assert.deepEqual(heads(), ['b', 'c', 'd', 'e']);
});

test('the plain mode shows log text only', async (t) => {
  const shown = app(t, { desk: new FakeDesk({ boards: [mqttBoard('sim:')] }) });
  await shown.type('p');
  assert.doesNotMatch(shown.text(), /Cross-check|espwatch/);
  assert.match(shown.text(), /line 40/);
  await shown.type('p');
  assert.match(shown.text(), /Cross-check/);
});

test('scrolling back stays where it is while lines come', async (t) => {
  const view = mqttBoard('sim:');
  const desk = new FakeDesk({ boards: [view] });
  const shown = app(t, { desk });
  await shown.type('g');
  assert.match(shown.text(), /line 1\b/);
  for (let i = 41; i < 90; i++) view.log.push({ t: NOW, kind: 'line', text: `line ${i}`, tone: 'plain' });
  desk.change({});
  await shown.clock.advance(100);
  assert.match(shown.text(), /line 1\b/);
  assert.doesNotMatch(shown.text(), /line 89/);
  await shown.type('G');
  assert.match(shown.text(), /line 89/);
});

test('a new alert rings once, and only when the bell is on', async (t) => {
  const desk = new FakeDesk({ boards: [board('sim:', { alerts: [{ t: NOW - 9, kind: 'crash', text: 'old' }] })] });
  const shown = app(t, { desk });
  const alert = async (at: number, text: string): Promise<void> => {
    desk.change({ boards: [board('sim:', { alerts: [{ t: at, kind: 'crash', text }] })] });
    await shown.clock.advance(100);
  };
  await alert(NOW, 'silent');
  assert.deepEqual(shown.heard, []);
  await shown.type('b');
  await alert(NOW + 1, 'loud');
  await shown.clock.advance(3000);
  assert.deepEqual(shown.heard, ['bell']);
  assert.match(shown.text(), /! sim: {2}loud/);
  await shown.type('!');
  assert.doesNotMatch(shown.text(), /loud/);
});

test('a flash shows its progress where it is seen, and its outcome after', async (t) => {
  const progress = { phase: 'write', done: 50, total: 100, bytesPerSecond: 61_200 } as const;
  const desk = new FakeDesk({
    boards: [board('sim:', { activity: { kind: 'flash', since: NOW, what: 'prebuilt', progress, leftMs: 4000 } })],
  });
  const shown = app(t, { desk });
  assert.match(shown.text(), /█{10}░{10} writing 50 % · 61\.2 kB\/s · 4\.0 s left/);
  const outcome = {
    kind: 'flash',
    t: NOW,
    ok: false,
    text: 'The flash was cancelled.',
    hint: 'Flash it again.',
  } as const;
  desk.change({ boards: [board('sim:', { outcome })] });
  await shown.clock.advance(100);
  assert.match(shown.text(), /✗ The flash was cancelled\. → Flash it again\./);
});

test('a board that was closed takes the view of its log along', async (t) => {
  const shown = app(t, { desk: new FakeDesk({ boards: [mqttBoard('sim:')] }) });
  await shown.type('e', 'x');
  assert.ok('sim:' in shown.ui.state.logs);
  await shown.type('y');
  assert.deepEqual(shown.ui.state.logs, {});
});

test('images are listed and looked into for the board that they are meant for', async (t) => {
  const desk = new FakeDesk({ boards: [board('sim:'), board('/dev/ttyUSB0')] });
  const shown = app(t, { desk });
  await shown.type('2', 'f', '\r');
  assert.deepEqual(desk.calls, [
    ['images', '/dev/ttyUSB0'],
    ['inspect', 'prebuilt', '/dev/ttyUSB0'],
  ]);
  assert.match(shown.text(), /ESP8266, 1 MB, DIO/);
});

test('what the desk tells after an action is shown', async (t) => {
  const desk = new FakeDesk({ boards: [mqttBoard('sim:')] });
  const shown = app(t, { desk });
  await shown.type('S', '\r');
  assert.match(shown.text(), /The log is in sim\.log\./);
  assert.equal(shown.ui.state.notice?.role, 'ok');
  desk.saved = { ok: false, text: 'It is there already.' };
  await shown.type('S', '\r');
  assert.match(shown.text(), /It is there already\./);
  assert.equal(shown.ui.state.notice?.role, 'bad');
});

test('help scrolls and goes away', async (t) => {
  const shown = app(t, { desk: new FakeDesk({ boards: [mqttBoard('sim:')] }) });
  await shown.type('?');
  assert.match(shown.text(), /Help: all keys/);
  assert.match(shown.text(), /\(1 to \d+ of \d+\)/);
  await shown.type('G');
  assert.match(shown.text(), /Quit without a question/);
  await shown.type('\u001b');
  assert.doesNotMatch(shown.text(), /Quit without a question/);
});

test('a screen reader gets sentences, without drawings and without ages', async (t) => {
  const alerts = [{ t: NOW, kind: 'crash', text: 'exception 28' }] as const;
  const desk = new FakeDesk({ boards: [mqttBoard('sim:', { alerts }), board('b')] });
  const shown = app(t, { desk, screenReader: true });
  const text = shown.text();
  assert.match(text, /Board 1 of 2: sim:, virtual board, selected\. MQTT client, confirmed\. Alert: exception 28\./);
  assert.match(text, /Log: line 40/);
  assert.doesNotMatch(text, /[─━│▁▂█▸⠋]| ago|since/);
  await shown.type('r');
  assert.match(shown.text(), /Reset sim:\?[\s\S]*Keys: y or Enter: yes/);
});

test('when it is over, nothing listens any more', () => {
  const desk = new FakeDesk({ boards: [mqttBoard('sim:')] });
  const shown = startApp({ desk });
  assert.equal(desk.listeners, 1);
  shown.unmount();
  assert.equal(desk.listeners, 0);
  assert.equal(shown.clock.nextDue(), undefined);
});
