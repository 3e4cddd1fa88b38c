import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpResponseReader } from './http-response.js';

const BODY = '{"SYS_Heap":"41000",\r\n"SYS_Time":"12"}';
const LENGTH = `Content-Length: ${BODY.length}`;

const complete = {
  'CRLF and a length': `HTTP/1.0 200 OK\r\n${LENGTH}\r\nServer: lwIP/1.4.0\r\n\r\n${BODY}`,
  'LF and a length': `HTTP/1.0 200 OK\n${LENGTH}\nServer: lwIP/1.4.0\n\n${BODY}`,
  'CRLF lines and a bare LF at the end of the head': `HTTP/1.0 200 OK\r\n${LENGTH}\r\nServer: lwIP/1.4.0\r\n\n${BODY}`,
  'LF lines and a CRLF at the end of the head': `HTTP/1.0 200 OK\n${LENGTH}\nServer: lwIP/1.4.0\n\r\n${BODY}`,
  'no minor version, lower-case names': `HTTP/1 200 OK\r\n${LENGTH.toLowerCase()}\r\nserver: lwIP/1.4.0\r\n\r\n${BODY}`,
};

for (const [name, text] of Object.entries(complete)) {
  test(`reply with ${name} is complete at its last byte, cut anywhere`, () => {
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new HttpResponseReader(65_536);
      assert.equal(reader.push(bytes.subarray(0, cut)), cut === bytes.length, `after ${cut} bytes`);
      assert.equal(reader.push(bytes.subarray(cut)), true);
      const reply = reader.reply();
      assert.equal(reply.status, 200);
      assert.equal(reply.headers.get('server'), 'lwIP/1.4.0');
      assert.equal(reply.body.toString(), BODY);
    }
  });
}

test('a reply byte by byte', () => {
  const reader = new HttpResponseReader(65_536);
  const bytes = Buffer.from(complete['LF and a length']);
  const ends = Array.from(bytes, (_byte, i) => reader.push(bytes.subarray(i, i + 1)));
  assert.equal(ends.indexOf(true), bytes.length - 1);
  assert.equal(reader.reply().body.toString(), BODY);
});

const byClose = {
  'without a length': { text: `HTTP/1.0 200 OK\nContent-type: text/html\n\n${BODY}`, status: 200, body: BODY },
  'without a head': { text: BODY, status: null, body: BODY },
  'that only begins like one': { text: `HTTP-ish ${BODY}`, status: null, body: `HTTP-ish ${BODY}` },
};

for (const [name, { text, status, body }] of Object.entries(byClose)) {
  test(`reply ${name} ends with the connection, cut anywhere`, () => {
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new HttpResponseReader(65_536);
      assert.equal(reader.push(bytes.subarray(0, cut)), false);
      assert.equal(reader.push(bytes.subarray(cut)), false);
      const reply = reader.reply();
      assert.equal(reply.status, status);
      assert.equal(reply.body.toString(), body);
    }
  });
}

test('what follows the announced length is not part of the body', () => {
  const reader = new HttpResponseReader(65_536);
  assert.equal(reader.push(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n')), true);
  assert.equal(reader.reply().body.toString(), 'ok');
});

test('a head that breaks off has a status and no body', () => {
  const reader = new HttpResponseReader(65_536);
  reader.push(Buffer.from('HTTP/1.0 404 Not Found\r\nSer'));
  assert.deepEqual(
    { ...reader.reply(), headers: 0, body: reader.reply().body.length },
    { status: 404, headers: 0, body: 0 },
  );
});

test('204 has no body to wait for', () => {
  const reader = new HttpResponseReader(65_536);
  assert.equal(reader.push(Buffer.from('HTTP/1.1 204 No Content\r\n\r\n')), true);
});

test('no more than the cap is kept, in one chunk or many', () => {
  const reader = new HttpResponseReader(1000);
  assert.equal(reader.push(Buffer.alloc(600, 'a')), false);
  assert.equal(reader.push(Buffer.alloc(600, 'b')), true);
  assert.equal(reader.push(Buffer.alloc(600, 'c')), true);
  assert.equal(reader.capped, true);
  assert.equal(reader.reply().body.length, 1000);
});

test('an endless head is given up', () => {
  const reader = new HttpResponseReader(65_536);
  reader.push(Buffer.from('HTTP/1.0 200 OK\r\n'));
  for (let i = 0; i < 10_000 && !reader.complete; i++) reader.push(Buffer.from('X-Filler: 1\r\n'));
  assert.equal(reader.capped, true);
  assert.equal(reader.reply().status, 200);
});

test('random bytes never throw', () => {
  let seed = 1;
  const next = (): number => {
    seed = (seed * 48_271) % 0x7fffffff;
    return seed & 0xff;
  };
  for (let round = 0; round < 300; round++) {
    const reader = new HttpResponseReader(512);
    reader.push(Buffer.from(round % 2 === 0 ? 'HTTP/1.0 ' : ''));
    for (let i = 0; i < 20; i++) reader.push(Buffer.from(Array.from({ length: next() % 40 }, next)));
    assert.ok(reader.reply().body.length <= 512);
  }
});
