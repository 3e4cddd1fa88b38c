import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LinuxPortBinding } from '@serialport/bindings-cpp';
import { failAtHangUp } from './native-binding.js';

test('a read that gives nothing is the end, not a reason to try again for ever', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'espwatch-hang-up-'));
  const path = join(folder, 'port');
  writeFileSync(path, 'last');
  // A file at its end gives no bytes, as a terminal does that has hung up.
  const fd = openSync(path, 'r');
  t.after(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true, force: true });
  });
  const port = await failAtHangUp({ fd, isOpen: true } as LinuxPortBinding);
  const buffer = Buffer.alloc(8);
  assert.equal((await port.read(buffer, 0, 8)).bytesRead, 4);
  assert.equal(buffer.toString('latin1', 0, 4), 'last');
  await assert.rejects(port.read(buffer, 0, 8), { code: 'ENXIO' });
});
