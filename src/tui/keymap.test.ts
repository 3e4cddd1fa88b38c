import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTIONS } from './actions.js';
import { helpLines } from './dialogs/text-lines.js';
import { available, bindingFor, KEYMAP } from './keymap.js';
import { keyLabel } from './keys.js';
import type { Focus } from './layout.js';
import { plainText } from './lines.js';

const FOCUSES: readonly Focus[] = ['boards', 'log', 'check', 'health'];

test('no key is bound twice in one context', () => {
  for (const focus of FOCUSES) {
    const keys = KEYMAP.filter((b) => b.context === 'main' || b.context === focus).flatMap((b) => b.keys);
    assert.deepEqual(
      keys.filter((key, i) => keys.indexOf(key) !== i),
      [],
      focus,
    );
  }
});

test('every action has a handler, every handler a key, and no action is listed twice', () => {
  const ids = KEYMAP.map((b) => b.id);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual([...ids].sort(), Object.keys(ACTIONS).sort());
  for (const binding of KEYMAP) assert.ok(binding.keys.length > 0 && !binding.keys.includes(''), binding.id);
});

test('what can do harm is marked', () => {
  const marked = KEYMAP.filter((b) => b.destructive).map((b) => b.id);
  assert.deepEqual(marked, ['remove-board', 'flash', 'detect-reset', 'reset', 'bootloader', 'switch-mode', 'cancel']);
});

test('arrows belong to the panel with the focus', () => {
  assert.equal(bindingFor('down', 'log')?.id, 'line-down');
  assert.equal(bindingFor('down', 'boards')?.id, 'list-down');
  assert.equal(bindingFor('down', 'health'), undefined);
  assert.equal(bindingFor('q', 'health')?.id, 'quit');
});

test('help names every key and every action', () => {
  const help = helpLines().map(plainText).join('\n');
  for (const binding of KEYMAP) {
    assert.ok(help.includes(binding.title), binding.id);
    if (binding.id === 'choose-board') continue;
    for (const key of binding.keys) assert.ok(help.includes(keyLabel(key)), key);
  }
});

test('without a board only what needs none is offered', () => {
  const ids = available(false).map((b) => b.id);
  assert.ok(ids.includes('add-sim') && ids.includes('quit'));
  assert.ok(!ids.includes('flash') && !ids.includes('search'));
});
