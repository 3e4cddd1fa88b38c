import assert from 'node:assert/strict';
import { test } from 'node:test';
import { board, FakeDesk, port } from '../tui/desk.test.helper.js';
import { addPluggedIn } from './plugged-in.js';

const adapter = (name: string, serialNumber: string) => port(name, { adapter: 'CP2102', serialNumber });

test('USB ports are opened once each, now and when they are plugged in; no others, none in use', () => {
  const [one, two] = [adapter('/dev/ttyUSB0', 'A'), adapter('/dev/ttyUSB1', 'B')];
  const others = [port('/dev/ttyS0', { kind: 'other' }), port('/dev/ttyUSB9', { holder: 'screen (process 7)' })];
  const desk = new FakeDesk({ ports: [one, ...others] });
  const stop = addPluggedIn(desk);
  assert.deepEqual(desk.calls, [['add', '/dev/ttyUSB0']]);
  desk.change({ ports: [one, two, ...others] });
  desk.change({ ports: [one, two, ...others] });
  assert.deepEqual(desk.calls.slice(1), [['add', '/dev/ttyUSB1']]);
  stop();
  assert.equal(desk.listeners, 0);
});

test('a lost adapter that comes back under another name is left to its board', () => {
  const lost = board('/dev/ttyUSB0', { port: adapter('/dev/ttyUSB0', 'A'), connection: 'lost' });
  const desk = new FakeDesk({ boards: [lost] });
  addPluggedIn(desk);
  desk.change({ ports: [adapter('/dev/ttyUSB1', 'A'), adapter('/dev/ttyUSB2', 'B')] });
  assert.deepEqual(desk.calls, [['add', '/dev/ttyUSB2']]);
  // Its board was taken off the desk: now it is a port like any other.
  desk.change({ boards: [] });
  assert.deepEqual(desk.calls.slice(1), [['add', '/dev/ttyUSB1']]);
});
