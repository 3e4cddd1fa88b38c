import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FullScreen } from './terminal.js';

const ENTERED = '\u001b[?1049h';
const LEFT = '\u001b[?1049l';

function fullScreen(stopJob: () => void) {
  let written = '';
  const raw: boolean[] = [];
  const input = { setRawMode: (on: boolean) => void raw.push(on) } as unknown as NodeJS.ReadStream;
  const output = {
    write: (text: string) => {
      written += text;
      return true;
    },
  } as unknown as NodeJS.WriteStream;
  const full = new FullScreen(input, output, { stopJob });
  /** Of the alternate screen, in their order. */
  const steps = () => written.match(/\u001b\[\?1049[hl]/g) ?? [];
  return { full, steps, raw };
}

test('Ctrl-Z gives the terminal back before the job stops, and takes it when the job goes on', async () => {
  const exits = process.listenerCount('exit');
  const seen: string[] = [];
  const { full, steps, raw } = fullScreen(() => {
    seen.push(...steps());
    process.emit('SIGCONT', 'SIGCONT');
  });
  full.enter();
  assert.equal(await full.suspend(), true);
  assert.deepEqual(seen, [ENTERED, LEFT]);
  assert.deepEqual(steps(), [ENTERED, LEFT, ENTERED]);
  full.leave();
  full.leave();
  assert.deepEqual(steps(), [ENTERED, LEFT, ENTERED, LEFT]);
  assert.deepEqual(raw, [true, false, true, false]);
  assert.equal(process.listenerCount('exit'), exits);
  assert.equal(process.listenerCount('SIGCONT'), 0);
});

test('a program that cannot be stopped goes on by itself', async () => {
  const { full, steps } = fullScreen(() => undefined);
  full.enter();
  assert.equal(await full.suspend(), true);
  full.leave();
  assert.deepEqual(steps(), [ENTERED, LEFT, ENTERED, LEFT]);
  assert.equal(process.listenerCount('SIGCONT'), 0);
});

test('ended while it stood still: the screen is not taken again', async () => {
  const { full, steps } = fullScreen(() => {
    full.leave();
    process.emit('SIGCONT', 'SIGCONT');
  });
  full.enter();
  assert.equal(await full.suspend(), false);
  assert.deepEqual(steps(), [ENTERED, LEFT]);
});
