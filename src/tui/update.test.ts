import assert from 'node:assert/strict';
import { test } from 'node:test';
import { board, mqttBoard, NOW, port } from './desk.test.helper.js';
import { fieldText } from './field.js';
import { initialUi, logOf, type SoakSummary, topDialog, type UiContext, type UiState } from './ui-state.js';
import { type UiEvent, update } from './update.js';
import { contextOf, press } from './update.test.helper.js';

const ONE = contextOf([mqttBoard('sim:')]);
const TWO = contextOf([mqttBoard('sim:'), board('/dev/ttyUSB0')]);
const FLASHING = contextOf([
  board('sim:', { activity: { kind: 'flash', since: NOW, what: 'x', progress: null, leftMs: null } }),
]);

function question(state: UiState): string {
  const dialog = topDialog(state);
  return dialog?.kind === 'confirm' ? dialog.lines.join(' ') : '';
}

test('keys that do harm ask, and no or Esc is no', () => {
  for (const [key, command] of [
    ['r', { do: 'reset', board: 'sim:' }],
    ['B', { do: 'bootloader', board: 'sim:' }],
    ['D', { do: 'detect', board: 'sim:', reset: true }],
    ['x', { do: 'remove', board: 'sim:' }],
  ] as const) {
    assert.deepEqual(press(ONE, [key]).commands, [], key);
    for (const no of ['n', 'escape', 'q']) {
      const { state, commands } = press(ONE, [key, no]);
      assert.deepEqual(commands, []);
      assert.equal(topDialog(state), null);
    }
    for (const yes of ['y', 'enter']) assert.deepEqual(press(ONE, [key, yes]).commands, [command]);
    // A key that is neither leaves the question standing.
    assert.equal(topDialog(press(ONE, [key, 'z']).state)?.kind, 'confirm');
  }
});

test('keys without harm act at once', () => {
  assert.deepEqual(press(ONE, ['d', 'v', 'l', 'L', 's']).commands, [
    { do: 'detect', board: 'sim:', reset: false },
    { do: 'request', board: 'sim:', request: 'GetSensors' },
    { do: 'request', board: 'sim:', request: 'LedOn' },
    { do: 'request', board: 'sim:', request: 'LedOff' },
    { do: 'add', name: 'sim:' },
  ]);
});

test('the mode is switched to the other one', () => {
  assert.deepEqual(press(ONE, ['m', 'enter']).commands, [{ do: 'switch', board: 'sim:', to: 'web-server' }]);
  const unknown = contextOf([board('sim:')]);
  assert.deepEqual(press(unknown, ['m', 'j', 'enter']).commands, [{ do: 'switch', board: 'sim:', to: 'mqtt-client' }]);
});

test('without a board its keys say what to do, and nothing more', () => {
  const { state, commands } = press(contextOf([]), ['f']);
  assert.deepEqual(commands, []);
  assert.match(state.notice?.text ?? '', /press s for a virtual one/);
});

test('numbers, brackets and the arrows of the list choose a board', () => {
  assert.equal(press(TWO, ['2']).state.selected, '/dev/ttyUSB0');
  assert.equal(press(TWO, ['9']).state.selected, null);
  assert.equal(press(TWO, [']', ']']).state.selected, 'sim:');
  const list = press(TWO, ['shift-tab', 'j']).state;
  assert.equal(list.focus, 'boards');
  assert.equal(list.selected, '/dev/ttyUSB0');
});

test('tab goes around, and the side panel that had the focus stays', () => {
  const focuses = [1, 2, 3, 4].map(
    (n) =>
      press(
        ONE,
        Array.from({ length: n }, () => 'tab'),
      ).state.focus,
  );
  assert.deepEqual(focuses, ['check', 'health', 'boards', 'log']);
  assert.equal(press(ONE, ['tab', 'tab', 'tab', 'tab']).state.panel, 'health');
});

test('quitting asks while a flash is under way, and a second Ctrl-C needs no answer', () => {
  assert.deepEqual(press(ONE, ['q']).commands, [{ do: 'quit' }]);
  assert.deepEqual(press(FLASHING, ['q']).commands, []);
  assert.deepEqual(press(FLASHING, ['q', 'n']).commands, []);
  assert.deepEqual(press(FLASHING, ['q', 'y']).commands, [{ do: 'quit' }]);
  assert.deepEqual(press(FLASHING, ['ctrl-c', 'ctrl-c']).commands, [{ do: 'quit' }]);
  assert.deepEqual(press(FLASHING, ['i', 'ctrl-c', 'ctrl-c']).commands, [{ do: 'quit' }]);
});

test('quitting asks while a soak is under way', () => {
  const soak: SoakSummary = { running: true, board: 'sim:', lines: [] };
  const { state, commands } = press({ ...ONE, soak }, ['q']);
  assert.deepEqual(commands, []);
  assert.match(question(state), /a soak on sim:/);
});

test('what is said of broken-off work is true of that work', () => {
  const soaking = contextOf([board('sim:', { activity: { kind: 'soak', since: NOW, what: 'soak' } })], {
    soak: { running: true, board: 'sim:', lines: [] },
  });
  assert.match(question(press(soaking, ['q']).state), /what it counted so far is kept/);
  assert.doesNotMatch(question(press(soaking, ['q']).state), /flash/);
  assert.match(question(press(soaking, ['x']).state), /what it counted so far is kept/);
  assert.match(question(press(FLASHING, ['q']).state), /does not boot/);
  assert.match(question(press(FLASHING, ['x']).state), /does not boot/);
  assert.doesNotMatch(question(press(ONE, ['x']).state), /does not boot|counted/);
});

test('a soak of hours is not cancelled by one key', () => {
  const soaking = contextOf([board('sim:', { activity: { kind: 'soak', since: NOW, what: 'soak' } })]);
  assert.deepEqual(press(soaking, ['c']).commands, []);
  assert.match(question(press(soaking, ['c']).state), /counted so far is kept/);
  assert.deepEqual(press(soaking, ['c', 'y']).commands, [{ do: 'cancel', board: 'sim:' }]);
});

test('cancelling a flash asks and says what state the flash is in', () => {
  const progress = { phase: 'write', done: 1, total: 2, bytesPerSecond: 1 } as const;
  const writing = contextOf([
    board('sim:', { activity: { kind: 'flash', since: NOW, what: 'x', progress, leftMs: null } }),
  ]);
  const said = (context: UiContext): string => question(press(context, ['c']).state);
  assert.match(said(FLASHING), /Nothing was written yet/);
  assert.match(said(writing), /will not boot until it is flashed again/);
  assert.deepEqual(press(writing, ['c', 'y']).commands, [{ do: 'cancel', board: 'sim:' }]);
  assert.equal(press(ONE, ['c']).state.notice?.text, 'Nothing is under way.');
});

test('lines are sent as typed, and come back with the arrows', () => {
  const { state, commands } = press(ONE, ['i', 'q', 'space', '1', 'enter', 'x', 'enter', 'd']);
  assert.deepEqual(commands, [
    { do: 'send', board: 'sim:', text: 'q 1' },
    { do: 'send', board: 'sim:', text: 'x' },
  ]);
  const fieldOfTop = (s: UiState): string => {
    const dialog = topDialog(s);
    return dialog?.kind === 'prompt' ? fieldText(dialog.field) : 'no prompt';
  };
  const walk = ['up', 'up', 'up', 'down', 'down'].map((_, i, keys) =>
    fieldOfTop(press(ONE, keys.slice(0, i + 1), state).state),
  );
  assert.deepEqual(walk, ['x', 'q 1', 'q 1', 'x', 'd']);
});

function paste(context: UiContext, from: UiState, text: string) {
  const events: readonly UiEvent[] = [{ type: 'paste-start' }, { type: 'paste', text }, { type: 'paste-end' }];
  let state = from;
  const commands: unknown[] = [];
  for (const event of events) {
    const next = update(state, event, context);
    state = next.state;
    commands.push(...next.commands);
  }
  return { state, commands };
}

test('pasted text goes into the line that is typed, is not sent by itself, and brings no control characters', () => {
  const open = press(ONE, ['i']).state;
  const { state, commands } = paste(ONE, open, 'one\r\u0003\u001b[31mtwo\r');
  assert.deepEqual(commands, []);
  assert.deepEqual(press(ONE, ['enter'], state).commands, [{ do: 'send', board: 'sim:', text: 'one two' }]);
});

test('text pasted on the main screen presses no key', () => {
  const { state, commands } = paste(ONE, initialUi, 'sdvlq');
  assert.deepEqual(commands, []);
  assert.match(state.notice?.text ?? '', /Press i to send a line/);
});

test('a search that is no regular expression is not taken', () => {
  const wrong = press(ONE, ['/', '/', '(', '/', 'enter']).state;
  const dialog = topDialog(wrong);
  assert.match(dialog?.kind === 'prompt' ? (dialog.problem ?? '') : '', /not a regular expression/);
  const text = press(ONE, ['/', 'l', 'i', 'enter']).state;
  assert.deepEqual(logOf(text, 'sim:').search, { pattern: 'li', regexp: false });
  const expression = press(ONE, ['/', '/', 'e', '$', '/', 'enter']).state;
  assert.deepEqual(logOf(expression, 'sim:').search, { pattern: 'e$', regexp: true });
});

test('events only, text filter, and back with Esc', () => {
  const events = press(ONE, ['e']).state;
  assert.equal(logOf(events, 'sim:').filter.kind, 'events');
  assert.equal(logOf(press(ONE, ['e'], events).state, 'sim:').filter.kind, 'all');
  const filtered = press(ONE, ['F', '1', 'enter']).state;
  assert.deepEqual(logOf(filtered, 'sim:').filter, { kind: 'text', pattern: '1' });
  assert.equal(logOf(press(ONE, ['escape'], filtered).state, 'sim:').filter.kind, 'all');
});

test('each log has a view of its own', () => {
  const { state } = press(TWO, ['w', '2', 'e']);
  assert.equal(logOf(state, 'sim:').wrap, true);
  assert.equal(logOf(state, 'sim:').filter.kind, 'all');
  assert.equal(logOf(state, '/dev/ttyUSB0').filter.kind, 'events');
});

test('a port is added from the list or by name, and selected when it is there', () => {
  const context = contextOf([mqttBoard('sim:')], { ports: [port('/dev/ttyUSB0'), port('/dev/ttyUSB1')] });
  assert.deepEqual(press(context, ['a', 'down', 'enter']).commands, [{ do: 'add', name: '/dev/ttyUSB1' }]);
  const typed = press(context, ['a', 'C', 'O', 'M', '5', 'enter']);
  assert.deepEqual(typed.commands, [{ do: 'add', name: 'COM5' }]);
  const there = contextOf([mqttBoard('sim:'), board('COM5')]);
  assert.equal(update(typed.state, { type: 'view' }, context).state.selected, null);
  assert.equal(update(typed.state, { type: 'view' }, there).state.selected, 'COM5');
});

test('a port that is on the screen already does not leave the next one that is plugged in selected', () => {
  const asked = press(ONE, ['a', ...'/dev/x', 'enter']).state;
  const done = update(asked, { type: 'added' }, ONE).state;
  assert.equal(update(done, { type: 'view' }, TWO).state.selected, null);
});

test('a board that is added again begins with a log that follows', () => {
  const paused = press(TWO, ['space', 'e']).state;
  assert.equal(logOf(paused, 'sim:').filter.kind, 'events');
  const gone = update(paused, { type: 'removed', board: 'sim:' }, TWO).state;
  assert.deepEqual(logOf(gone, 'sim:'), logOf(initialUi, 'sim:'));
  assert.equal(update(paused, { type: 'removed', board: 'other' }, TWO).state.logs['sim:'], paused.logs['sim:']);
});

test('the palette finds an action by its words and does it', () => {
  const { state, commands } = press(ONE, ['ctrl-p', ...'sensor', 'enter']);
  assert.deepEqual(commands, [{ do: 'request', board: 'sim:', request: 'GetSensors' }]);
  assert.equal(topDialog(state), null);
  const asked = press(ONE, [':', ...'reset the', 'enter']);
  assert.deepEqual(asked.commands, []);
  assert.equal(topDialog(asked.state)?.kind, 'confirm');
});

test('alerts of all boards are acknowledged at once', () => {
  const alerts = [{ t: NOW - 1, kind: 'crash', text: '' }] as const;
  const context = contextOf([board('a', { alerts }), board('b')]);
  assert.deepEqual(press(context, ['!']).state.acknowledged, { a: NOW - 1 });
});

test('a soak is started, and stopping it asks', () => {
  const none = { ...ONE, soak: null };
  assert.deepEqual(press(none, ['o', 'enter']).commands, [{ do: 'soak-start', board: 'sim:' }]);
  const running = { ...ONE, soak: { running: true, board: 'sim:', lines: [] } };
  assert.deepEqual(press(running, ['o', 's']).commands, []);
  assert.deepEqual(press(running, ['o', 's', 'y']).commands, [{ do: 'soak-stop' }]);
  assert.deepEqual(press(ONE, ['o', 'enter']).commands, [], 'not offered');
});

test('Ctrl-Z and Ctrl-L work whatever is open', () => {
  for (const open of [[], ['?'], ['i'], ['f']]) {
    const { commands } = press(ONE, [...open, 'ctrl-z', 'ctrl-l']);
    assert.deepEqual(commands.slice(-2), [{ do: 'suspend' }, { do: 'redraw' }]);
  }
});

test('no key in any dialog changes what it was given, or throws', () => {
  const keys = [
    'enter',
    'escape',
    'up',
    'down',
    'pageup',
    'pagedown',
    'g',
    'G',
    'space',
    'tab',
    'backspace',
    'left',
    'right',
    '9',
    'é',
    '界',
  ];
  const frozen = deepFreeze(structuredClone(initialUi));
  for (const open of ['?', ':', 'i', '/', 'F', 'S', 'a', 'f', 'm', 'r', 'o', 'enter', 'p', 't']) {
    for (const context of [ONE, TWO, contextOf([]), { ...ONE, columns: 10, rows: 3 }]) {
      for (const key of keys) press(context, [open, key, key], frozen);
    }
  }
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
