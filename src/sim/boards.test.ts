import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { VirtualClock } from '../clock.js';
import { isEspwatchError } from '../errors.js';
import { macOfName } from './board-state.js';
import { createSimBoard, type SimBoardOptions } from './boards.js';

const stateFolder = mkdtempSync(join(tmpdir(), 'espwatch-sim-'));
after(() => rmSync(stateFolder, { recursive: true, force: true }));

const clock = new VirtualClock();
const options: SimBoardOptions = {
  clock,
  stateFolder,
  startProgram: () => ({ receive: () => undefined, setWifi: () => undefined, stop: async () => undefined }),
};

test('sim: comes with the image in its flash and a MAC of its own that stays in this process', async () => {
  const one = createSimBoard(null, { ...options, image: Uint8Array.of(0xe9, 2) });
  const two = createSimBoard(null, options);
  assert.equal(one.board.flash.readWord(0), 0xffff02e9);
  assert.deepEqual(one.board.mac, two.board.mac);
  assert.equal(Buffer.from(one.board.mac.subarray(0, 3)).toString('hex'), '18fe34');
  await one.dispose();
  await two.dispose();
});

test('sim:NAME comes blank, keeps what is written, and has the MAC of its name', async () => {
  const first = createSimBoard('desk', options);
  assert.equal(first.board.flash.isBlank(0, 0x400000), true);
  assert.deepEqual(first.board.mac, macOfName('desk'));
  assert.notDeepEqual(first.board.mac, macOfName('shelf'));
  first.board.flash.program(0x1000, Uint8Array.of(1, 2, 3, 4));
  await first.dispose();
  assert.equal(statSync(join(stateFolder, 'desk.bin')).size, 0x400000);
  assert.deepEqual([...readFileSync(join(stateFolder, 'desk.bin')).subarray(0xfff, 0x1005)], [255, 1, 2, 3, 4, 255]);
  const second = createSimBoard('desk', options);
  assert.equal(second.board.flash.readWord(0x1000), 0x04030201);
  await second.dispose();
});

test('a name is held by one; a lock whose process died is taken over', async () => {
  const board = createSimBoard('held', options);
  assert.throws(
    () => createSimBoard('held', options),
    (error) => isEspwatchError(error, 'PORT_BUSY'),
  );
  await board.dispose();
  // No process can have this number: it is beyond the largest that a kernel gives.
  writeFileSync(join(stateFolder, 'held.lock'), '2147483646\n');
  await createSimBoard('held', options).dispose();
});

test('names that could leave the folder, and a file that is no flash', () => {
  for (const name of ['../x', 'a/b', '', '.hidden', 'a..b', 'x'.repeat(65)]) {
    assert.throws(
      () => createSimBoard(name, options),
      (error) => isEspwatchError(error, 'PORT_BAD_NAME'),
      name,
    );
  }
  writeFileSync(join(stateFolder, 'huge.bin'), new Uint8Array(0x400001));
  for (let i = 0; i < 2; i++) {
    assert.throws(
      () => createSimBoard('huge', options),
      (error) => isEspwatchError(error, 'SIM_STATE'),
    );
  }
});

test('changes are saved while the board runs, when the flash has been quiet for half a second', async () => {
  const path = join(stateFolder, 'saves.bin');
  const sim = createSimBoard('saves', options);
  sim.board.flash.program(0, Uint8Array.of(0x42));
  await clock.advance(400);
  sim.board.flash.program(1, Uint8Array.of(0x43));
  await clock.advance(400);
  assert.equal(existsSync(path), false);
  await clock.advance(100);
  // Nobody is told of this byte: it is in the file only if the file is written later than now.
  new Uint8Array(sim.board.flash.shared)[2] = 0xff;
  await sim.dispose();
  assert.deepEqual([...readFileSync(path).subarray(0, 3)], [0x42, 0x43, 0xff]);
});
