import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { type Bench, bench, connectTo, readAll, sketch } from './board.test.kit.js';

const LIMIT = { timeout: 30_000 };
const MACS = [
  [0x18, 0xfe, 0x34, 0xa2, 0x66, 0x29],
  [0x5c, 0xcf, 0x7f, 0x0b, 0x10, 0x02],
];

interface Announced {
  readonly address: string;
  readonly port: number;
}

async function announced(board: Bench): Promise<Announced> {
  await board.said(/ESP8266 Mode: Web Server Running - Type = SDK API\r\n/);
  const [, address = ''] = await board.said(/ESP8266 IP: (\S+)\r\n/);
  const [, port = ''] = await board.said(/ESP8266 WebServer Port: (\d+)\r\n/);
  return { address, port: Number(port) };
}

test('the sketch boots, announces itself and answers; two at once, each as itself', LIMIT, async (t) => {
  const wasm = sketch();
  const boards = MACS.map((mac) => bench(t, wasm, { mac }));
  const places = await Promise.all(boards.map(announced));
  assert.notEqual(places[0]?.address, places[1]?.address);
  for (const [index, { address, port }] of places.entries()) {
    const socket = await connectTo(t, address, port);
    socket.write('GET /?request=GetSensors HTTP/1.1\r\nHost: board\r\nConnection: close\r\n\r\n');
    const answer = (await readAll(socket)).toString();
    assert.match(answer, /^HTTP\/1\.[01] 200 /);
    const sensors = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as Record<string, unknown>;
    const mac = MACS[index]?.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
    assert.equal(String(sensors['SYS_MAC']).toLowerCase(), mac);
    assert.equal(typeof sensors['SYS_Heap'], 'number');
    assert.match(boards[index]?.log[0] ?? '', /^baud 115200$/);
  }
  await Promise.all(boards.map((board) => board.program.stop()));
  for (const { address, port } of places) {
    const [error] = (await once(connect(port, address), 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNREFUSED');
  }
});

test('the sketch answers on its serial line', LIMIT, async (t) => {
  const board = bench(t, sketch());
  await announced(board);
  board.program.receive(Buffer.from('GetSensors\r\n'));
  await board.said(/\{"SYS_Heap":\d+.*\}\r\n/);
});

test('after a crash the sketch says so', LIMIT, async (t) => {
  const lastCrash = { cause: 28, epc1: 0x40201234, excvaddr: 4 };
  const board = bench(t, sketch(), { environment: { resetReason: 2, lastCrash } });
  await board.said(/exccause=28 epc1=0x40201234 excvaddr=0x00000004/);
});
