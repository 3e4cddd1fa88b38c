import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { aborted } from '../errors.js';
import { type SecretInput, SecretPrompt } from './secret-prompt.js';

/** A terminal (or pipe) of which only the input side is played. */
class Keyboard extends EventEmitter implements SecretInput {
  readonly isTTY: boolean;
  readonly modes: boolean[] = [];
  paused = true;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  setRawMode(on: boolean): void {
    this.modes.push(on);
  }

  setEncoding(): void {}

  resume(): void {
    this.paused = false;
  }

  pause(): void {
    this.paused = true;
  }

  type(text: string): void {
    this.emit('data', text);
  }
}

function promptOn(isTTY: boolean): {
  keys: Keyboard;
  prompt: SecretPrompt;
  shown: () => string;
  stop: AbortController;
} {
  const keys = new Keyboard(isTTY);
  let shown = '';
  const stop = new AbortController();
  const prompt = new SecretPrompt({
    input: keys,
    write: (text) => {
      shown += text;
    },
    signal: stop.signal,
  });
  return { keys, prompt, shown: () => shown, stop };
}

test('a terminal shows the question and nothing of the answer', async () => {
  const { keys, prompt, shown } = promptOn(true);
  const answer = prompt.ask('wifiPassword');
  assert.deepEqual(keys.modes, [true]);
  for (const key of 'ge') keys.type(key);
  keys.type('x\u007fheim\u00fc1\r');
  assert.equal(await answer, 'geheimü1');
  assert.equal(shown(), 'wifiPassword: \n');
  assert.deepEqual(keys.modes, [true, false]);
  assert.equal(keys.paused, true);
  assert.deepEqual(keys.eventNames(), []);
});

test('keys that edit or end', async () => {
  const { keys, prompt } = promptOn(true);
  const cleared = prompt.ask('a');
  keys.type('wrong\u0015right\n');
  assert.equal(await cleared, 'right');
  const given = prompt.ask('a');
  keys.type('abc\u0003');
  await assert.rejects(given, { code: 'ABORTED' });
  const ended = prompt.ask('a');
  keys.type('\u0004');
  await assert.rejects(ended, { code: 'USAGE' });
  assert.equal(keys.modes.at(-1), false);
});

test('a pipe gives a line each, and is not written to', async () => {
  const { keys, prompt, shown } = promptOn(false);
  const first = prompt.ask('a');
  keys.type('on');
  keys.type('e\r\ntwo\nthr');
  assert.equal(await first, 'one');
  assert.equal(await prompt.ask('b'), 'two');
  const third = prompt.ask('c');
  keys.type('ee');
  keys.emit('end');
  assert.equal(await third, 'three');
  await assert.rejects(prompt.ask('d'), { code: 'USAGE' });
  assert.equal(shown(), '');
  assert.deepEqual(keys.modes, []);
});

test('cancelling gives the terminal back', async () => {
  const { keys, prompt, stop } = promptOn(true);
  const answer = prompt.ask('a');
  stop.abort(aborted('The command'));
  await assert.rejects(answer, { code: 'ABORTED' });
  assert.deepEqual(keys.modes, [true, false]);
  await assert.rejects(prompt.ask('a'), { code: 'ABORTED' });
});
