import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mqttBoard, NOW } from '../desk.test.helper.js';
import { topDialog } from '../ui-state.js';
import { update } from '../update.js';
import { contextOf, press } from '../update.test.helper.js';

const ONE = contextOf([mqttBoard('sim:')]);

test('an image is chosen, looked at, and only then written', () => {
  const opened = press(ONE, ['f']);
  assert.deepEqual(opened.commands, [{ do: 'load-images', board: 'sim:' }]);
  const images = [{ id: 'prebuilt', label: 'prebuilt', group: 'prebuilt' }] as const;
  const listed = update(opened.state, { type: 'images', board: 'sim:', images }, ONE).state;
  const looking = press(ONE, ['enter'], listed);
  assert.deepEqual(looking.commands, [{ do: 'inspect', board: 'sim:', image: 'prebuilt' }]);
  assert.deepEqual(press(ONE, ['enter', 'y'], looking.state).commands, [], 'before the facts are there');
  const facts = { lines: ['ESP8266'], bytes: 1, problem: null };
  const known = update(looking.state, { type: 'facts', board: 'sim:', image: 'prebuilt', facts }, ONE).state;
  assert.deepEqual(press(ONE, ['escape', 'escape'], known).commands, []);
  const written = press(ONE, ['y'], known);
  assert.deepEqual(written.commands, [{ do: 'flash', board: 'sim:', image: 'prebuilt' }]);
  assert.equal(topDialog(written.state), null);
});

test('an image with a problem cannot be written', () => {
  const images = [{ id: 'a.bin', label: 'a.bin', group: 'recent' }] as const;
  const listed = update(press(ONE, ['f']).state, { type: 'images', board: 'sim:', images }, ONE).state;
  const problem = { code: 'IMAGE_NOT_ESP', message: 'No image.', hint: 'Build one.', t: NOW };
  const event = { type: 'facts', board: 'sim:', image: 'a.bin', facts: { lines: [], bytes: 0, problem } } as const;
  const known = update(press(ONE, ['enter'], listed).state, event, ONE).state;
  assert.deepEqual(press(ONE, ['enter', 'y'], known).commands, []);
});

test('files are browsed down and up', () => {
  const images = [] as const;
  const listed = update(press(ONE, ['f']).state, { type: 'images', board: 'sim:', images }, ONE).state;
  const browsing = press(ONE, ['enter'], listed);
  assert.deepEqual(browsing.commands, [{ do: 'browse', folder: '.' }]);
  const entries = [
    { path: './out', name: 'out', folder: true },
    { path: './a.bin', name: 'a.bin', folder: false },
  ];
  const seen = update(browsing.state, { type: 'entries', folder: '.', entries }, ONE).state;
  assert.deepEqual(press(ONE, ['j', 'enter'], seen).commands, [{ do: 'browse', folder: './out' }]);
  assert.deepEqual(press(ONE, ['j', 'j', 'enter'], seen).commands, [
    { do: 'inspect', board: 'sim:', image: './a.bin' },
  ]);
  assert.deepEqual(press(ONE, ['left'], seen).commands, [{ do: 'browse', folder: '..' }]);
  const late = update(press(ONE, ['left'], seen).state, { type: 'entries', folder: '.', entries }, ONE).state;
  const dialog = topDialog(late);
  assert.equal(dialog?.kind === 'flash' ? dialog.entries : 'no flash', null, 'an answer for another folder');
});

test('what is known of an image for one board says nothing about another', () => {
  const images = [{ id: 'a.bin', label: 'a.bin', group: 'recent' }] as const;
  const opened = press(ONE, ['f']).state;
  const other = update(opened, { type: 'images', board: '/dev/ttyUSB0', images }, ONE).state;
  assert.deepEqual(topDialog(other), topDialog(opened));
  const listed = update(opened, { type: 'images', board: 'sim:', images }, ONE).state;
  const looking = press(ONE, ['enter'], listed).state;
  const facts = { lines: [], bytes: 1, problem: null };
  const late = update(looking, { type: 'facts', board: '/dev/ttyUSB0', image: 'a.bin', facts }, ONE).state;
  assert.deepEqual(press(ONE, ['y'], late).commands, []);
});
