import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { VirtualClock } from '../clock.js';
import { showApp } from './app-screen.js';
import { FakeDesk, mqttBoard, NOW } from './desk.test.helper.js';

class Terminal extends EventEmitter {
  readonly isTTY = true;
  columns = 80;
  rows = 24;
  raw = false;
  written = '';
  #typed: string | null = null;

  write(text: string): boolean {
    this.written += text;
    return true;
  }

  /** What was written since the last time. */
  take(): string {
    const text = this.written;
    this.written = '';
    return text;
  }

  type(keys: string): void {
    this.#typed = keys;
    this.emit('readable');
  }

  read(): string | null {
    const keys = this.#typed;
    this.#typed = null;
    return keys;
  }

  setRawMode(raw: boolean): void {
    this.raw = raw;
  }

  setEncoding(): void {}
  ref(): void {}
  unref(): void {}
}

function shown() {
  const terminal = new Terminal();
  const clock = new VirtualClock();
  const heard: string[] = [];
  const desk = new FakeDesk({ boards: [mqttBoard('sim:')] });
  const screen = showApp(desk, {
    stdin: terminal as unknown as NodeJS.ReadStream,
    stdout: terminal as unknown as NodeJS.WriteStream,
    stderr: terminal as unknown as NodeJS.WriteStream,
    onQuit: () => heard.push('quit'),
    onSuspend: () => heard.push('suspend'),
    paint: 'none',
    clock,
    now: () => NOW + clock.now(),
  });
  return { terminal, clock, heard, desk, screen };
}

test('frames are painted in place, a change writes its rows only', async (t) => {
  const { terminal, clock, screen } = shown();
  t.after(() => screen.leave());
  await clock.advance(0);
  assert.match(terminal.take(), /\u001b\[2J.*\u001b\[1;1H.* espwatch /s);
  assert.equal(terminal.raw, true);
  await clock.advance(1000);
  const second = terminal.take();
  assert.match(second, /:01(?!\d)/);
  assert.doesNotMatch(second, /line 40|\u001b\[2J/);
});

test('redraw writes everything again, and so does a resize', async (t) => {
  const { terminal, clock, screen } = shown();
  t.after(() => screen.leave());
  await clock.advance(0);
  terminal.take();
  screen.redraw();
  assert.match(terminal.take(), /\u001b\[2J.*line 40/s);
  terminal.columns = 200;
  terminal.rows = 50;
  terminal.emit('resize');
  await clock.advance(0);
  assert.match(terminal.take(), /\u001b\[2J.*Health/s);
});

test('a pause gives the terminal back and keeps what the user sees', async () => {
  const { terminal, clock, heard, desk, screen } = shown();
  terminal.type('?');
  await clock.advance(0);
  terminal.type('\u001a');
  assert.deepEqual(heard, ['suspend']);
  screen.pause();
  assert.equal(terminal.raw, false);
  assert.match(terminal.take(), /\u001b\[\?25h$/);
  desk.change({});
  await clock.advance(5000);
  assert.equal(terminal.take(), '', 'nothing is written while it rests');
  screen.resume();
  await clock.advance(0);
  assert.equal(terminal.raw, true);
  assert.match(terminal.take(), /Help: all keys/);
  screen.leave();
  await screen.done;
});

test('leaving ends it: raw mode off, nobody listens, nothing is due', async () => {
  const { terminal, clock, heard, desk, screen } = shown();
  terminal.type('q');
  assert.deepEqual(heard, ['quit']);
  screen.leave();
  await screen.done;
  assert.equal(terminal.raw, false);
  assert.equal(desk.listeners, 0);
  assert.equal(terminal.listenerCount('resize'), 0);
  assert.equal(clock.nextDue(), undefined);
});

test('a screen that breaks as a whole says so, obeys nothing in the message, and gives the terminal back', async () => {
  const { terminal, clock, desk, screen } = shown();
  const broken = assert.rejects(screen.done, /owned/);
  await clock.advance(0);
  terminal.take();
  desk.view = () => {
    throw new Error('\u001b]0;owned\u0007\u009b31m');
  };
  await clock.advance(1000);
  await broken;
  const written = terminal.take();
  assert.match(written, /owned/);
  assert.doesNotMatch(written, /\u001b\]|[\u0007\u009b]/);
  assert.equal(terminal.raw, false);
  assert.equal(clock.nextDue(), undefined);
  screen.leave();
});
