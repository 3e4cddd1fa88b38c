import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Painter } from './painter.js';

class Target {
  readonly written: string[] = [];
  full = false;
  #drain: (() => void) | null = null;

  write(text: string): boolean {
    this.written.push(text);
    return !this.full;
  }

  once(_event: 'drain', listener: () => void): void {
    this.#drain = listener;
  }

  drain(): void {
    this.full = false;
    this.#drain?.();
  }
}

function started(): { target: Target; painter: Painter } {
  const target = new Target();
  const painter = new Painter(target);
  painter.start();
  painter.paint('one\ntwo\nthree');
  target.written.length = 0;
  return { target, painter };
}

test('only rows that changed are written, at their places', () => {
  const { target, painter } = started();
  painter.paint('one\nTWO\nthree');
  assert.equal(target.written.length, 1);
  assert.match(target.written[0] ?? '', /\u001b\[2;1H.*TWO/);
  assert.doesNotMatch(target.written[0] ?? '', /one|three|\u001b\[2J/);
});

test('a frame like the last one writes nothing', () => {
  const { target, painter } = started();
  painter.paint('one\ntwo\nthree');
  assert.deepEqual(target.written, []);
});

test('rows that are gone are erased', () => {
  const { target, painter } = started();
  painter.paint('one');
  assert.match(target.written[0] ?? '', /\u001b\[2;1H\u001b\[0m\u001b\[2K\u001b\[3;1H/);
});

test('after a resize the screen is cleared and written whole', () => {
  const { target, painter } = started();
  painter.repaint();
  assert.match(target.written[0] ?? '', /\u001b\[2J.*one.*two.*three/s);
});

test('a frame for a taller terminal is cut', () => {
  const { target, painter } = started();
  painter.paint('one\ntwo\nthree\nfour', 2);
  assert.doesNotMatch(target.written[0] ?? '', /four|three/);
});

test('while the terminal is slow, frames replace each other', () => {
  const { target, painter } = started();
  target.full = true;
  painter.paint('1\ntwo\nthree');
  painter.paint('2\ntwo\nthree');
  painter.paint('3\ntwo\nthree');
  assert.equal(target.written.length, 1);
  target.drain();
  assert.equal(target.written.length, 2);
  assert.match(target.written[1] ?? '', /3/);
  assert.doesNotMatch(target.written[1] ?? '', /\u001b\[1;1H\u001b\[0m\u001b\[2K2/);
});

test('autowrap and the cursor are given back', () => {
  const { target, painter } = started();
  painter.paint('x');
  painter.stop();
  painter.paint('nothing is painted after the end');
  const all = target.written.join('');
  assert.equal(all.match(/\?7l/g)?.length, all.match(/\?7h/g)?.length);
  assert.match(all, /\u001b\[\?25h$/);
});
