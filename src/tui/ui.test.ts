import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeDesk } from './desk.test.helper.js';
import { Ui } from './ui.js';

test('a key that breaks something is told, and the next one works', () => {
  const desk = new FakeDesk({});
  const ui = new Ui({
    desk,
    now: () => 1000,
    size: () => ({ columns: 80, rows: 24 }),
    onQuit: () => undefined,
    onSuspend: () => undefined,
    onRedraw: () => undefined,
  });
  const view = desk.view.bind(desk);
  desk.view = () => {
    throw new RangeError('no such board');
  };
  ui.dispatch({ type: 'notice', text: 'x', role: 'bad' });
  assert.equal(ui.state.notice?.text, 'That key broke something: no such board');
  desk.view = view;
  ui.dispatch({ type: 'notice', text: 'hello', role: 'bad' });
  assert.equal(ui.state.notice?.text, 'hello');
});
