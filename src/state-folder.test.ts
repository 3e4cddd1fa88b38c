import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { stateFolder } from './state-folder.js';

test("what is remembered lies in the platform's folder for state", () => {
  assert.equal(stateFolder({ XDG_STATE_HOME: '/state' }, 'linux'), join('/state', 'espwatch'));
  assert.match(stateFolder({}, 'linux'), /\.local.state.espwatch$/);
  assert.match(stateFolder({}, 'darwin'), /Library.Application Support.espwatch$/);
  assert.equal(stateFolder({ LOCALAPPDATA: 'L' }, 'win32'), join('L', 'espwatch'));
});
