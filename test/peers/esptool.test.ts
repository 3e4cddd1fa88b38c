import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { atEnd } from '../support/cleanup.js';
import { esptoolPython } from '../support/peers.js';
import { type Finished, runProgram } from '../support/run-program.js';
import {
  IMAGE_PATH,
  servedBoard,
  type TestBoard,
  type TestBoardOptions,
  WEB_SERVER_LINES,
} from '../support/test-board.js';

// pyserial sleeps 50 ms for every setting that it sends over RFC 2217, two to four times a command: a run takes
// 10 to 20 s and nearly no CPU. So many boards, each with its own esptool, work side by side.
const SIDE_BY_SIDE = 16;

/** Where the tests write, in bytes: away from the start, so that a restart finds no image. */
const AT = 0x10000;
const DATA = pattern(20_000);
/** The ROM takes 1 KB at a time. */
const SMALL = DATA.subarray(0, 3000);

/** Bytes that shrink to about a half when compressed, as code does; the same in every run. */
function pattern(length: number): Buffer {
  let state = 1;
  return Buffer.from(
    Array.from({ length }, (_, i) => {
      state = (state * 1_103_515_245 + 12_345) % 0x8000_0000;
      return i % 64 < 32 ? (state >> 16) & 0xff : (i >> 6) & 0x0f;
    }),
  );
}

interface Bench extends TestBoard {
  readonly folder: string;
  /** Runs esptool in version 5's words; version 4 has underscores where those have dashes. */
  esptool(...args: readonly string[]): Promise<Finished>;
  file(name: string, bytes: Uint8Array): Promise<string>;
}

const fast: (() => void)[] = [];
const timed: (() => void)[] = [];

for (const major of [4, 5] as const) {
  const python = esptoolPython(major);

  const bench = async (t: TestContext, options?: TestBoardOptions): Promise<Bench> => {
    const served = await servedBoard(t, options);
    const folder = await mkdtemp(join(tmpdir(), 'espwatch-esptool-'));
    atEnd(t, () => rm(folder, { recursive: true }));
    const spell = (word: string): string =>
      major === 4 && /^[a-z]+(-[a-z]+)+$/.test(word) ? word.replaceAll('-', '_') : word;
    return {
      ...served,
      folder,
      esptool: (...args) => {
        const all = ['-m', 'esptool', '--chip', 'esp8266', '--port', served.url, ...args.map(spell)];
        return runProgram(python.path, all, { signal: t.signal, env: { NO_COLOR: '1' } });
      },
      file: async (name, bytes) => {
        const path = join(folder, name);
        await writeFile(path, bytes);
        return path;
      },
    };
  };

  const succeeded = ({ code, output }: Finished): string => {
    assert.equal(code, 0, output);
    return output;
  };
  const flashHas = ({ board }: Bench, at: number, bytes: Uint8Array): void => {
    assert.deepEqual(Buffer.from(board.flash.read(at, bytes.length)), Buffer.from(bytes));
  };

  const cases: readonly (readonly [name: string, run: (b: Bench, t: TestContext) => Promise<void>])[] = [
    [
      'chip id, without the stub',
      async (b) => {
        assert.match(succeeded(await b.esptool('--no-stub', 'chip-id')), /Chip ID:\s+0x00a26629/);
      },
    ],
    [
      'MAC address',
      async (b) => {
        const output = succeeded(await b.esptool('read-mac'));
        assert.match(output, /MAC:\s+18:fe:34:a2:66:29/);
        assert.match(output, /Crystal (is|frequency:)\s+26MHz/);
      },
    ],
    [
      'flash id, at 460800',
      async (b) => {
        const output = succeeded(await b.esptool('--baud', '460800', 'flash-id'));
        assert.match(output, /Manufacturer: ef\s+Device: 4016\s+Detected flash size: 4MB/);
      },
    ],
    [
      'flash id, without the stub',
      async (b) => {
        assert.match(succeeded(await b.esptool('--no-stub', 'flash-id')), /Manufacturer: ef\s+Device: 4016/);
      },
    ],
    [
      'write compressed at 115200, and verify',
      async (b) => {
        const file = await b.file('data', DATA);
        const output = succeeded(await b.esptool('write-flash', `${AT}`, file));
        assert.match(output, /Hash of data verified/);
        flashHas(b, AT, DATA);
      },
    ],
    [
      'write compressed at 460800',
      async (b) => {
        const file = await b.file('data', DATA);
        assert.match(
          succeeded(await b.esptool('--baud', '460800', 'write-flash', `${AT}`, file)),
          /Hash of data verified/,
        );
        flashHas(b, AT, DATA);
      },
    ],
    [
      'write uncompressed at 460800',
      async (b) => {
        const file = await b.file('data', DATA);
        const output = succeeded(await b.esptool('--baud', '460800', 'write-flash', '--no-compress', `${AT}`, file));
        assert.match(output, /Hash of data verified/);
        flashHas(b, AT, DATA);
      },
    ],
    [
      'write without the stub',
      async (b) => {
        const file = await b.file('data', SMALL);
        succeeded(await b.esptool('--no-stub', 'write-flash', `${AT}`, file));
        flashHas(b, AT, SMALL);
      },
    ],
    [
      'verify what is there',
      async (b) => {
        b.board.flash.preload(AT, DATA);
        const file = await b.file('data', DATA);
        assert.match(succeeded(await b.esptool('verify-flash', `${AT}`, file)), /verif(y OK|ication successful)/i);
      },
    ],
    [
      'verify what differs in one bit',
      async (b) => {
        const changed = Buffer.from(DATA);
        changed.writeUInt8(changed.readUInt8(7777) ^ 0x10, 7777);
        b.board.flash.preload(AT, changed);
        const { code, output } = await b.esptool('verify-flash', `${AT}`, await b.file('data', DATA));
        assert.notEqual(code, 0, output);
        assert.match(output, /verif(y|ication) failed/i);
      },
    ],
    [
      'read back',
      async (b) => {
        b.board.flash.preload(AT, DATA);
        const into = join(b.folder, 'read');
        succeeded(await b.esptool('--baud', '460800', 'read-flash', `${AT}`, `${DATA.length}`, into));
        assert.deepEqual(await readFile(into), DATA);
      },
    ],
    [
      'erase a region, and nothing beside it',
      async (b) => {
        b.board.flash.preload(AT, DATA);
        succeeded(await b.esptool('erase-region', `${AT + 0x1000}`, `${0x2000}`));
        const expected = Buffer.from(DATA).fill(0xff, 0x1000, 0x3000);
        flashHas(b, AT, expected);
      },
    ],
    [
      'erase all',
      async (b) => {
        b.board.flash.preload(AT, DATA);
        succeeded(await b.esptool('erase-flash'));
        assert.ok(b.board.flash.read(0, b.board.flash.size).every((byte) => byte === 0xff));
      },
    ],
    [
      'write the sketch; the hard reset starts it',
      async (b, t) => {
        const started = b.said.until(WEB_SERVER_LINES, t.signal);
        const output = succeeded(
          await b.esptool('--baud', '460800', '--after', 'hard-reset', 'write-flash', '0x0', IMAGE_PATH),
        );
        assert.match(output, /Hash of data verified/);
        await started;
      },
    ],
  ];

  for (const [name, run] of cases) {
    fast.push(() => {
      test(`esptool ${major}: ${name}`, { skip: python.skip, timeout: 120_000 }, async (t) => run(await bench(t), t));
    });
  }
  timed.push(() => {
    const name = `esptool ${major}: write the sketch at 460800; the hard reset starts it`;
    test(name, { skip: python.skip, timeout: 120_000 }, async (t) => {
      const b = await bench(t, { timing: 'real' });
      const started = b.said.until(WEB_SERVER_LINES, t.signal);
      const output = succeeded(await b.esptool('--baud', '460800', 'write-flash', '0x0', IMAGE_PATH));
      assert.match(output, /Hash of data verified/);
      await started;
    });
  });
}

describe('a board without delays on rfc2217://', { concurrency: SIDE_BY_SIDE }, () => {
  for (const add of fast) add();
});

// Not beside the others: those would take the time that the line and the flash of these are measured in.
describe('a board with real timing on rfc2217://', { concurrency: 2 }, () => {
  for (const add of timed) add();
});
