import assert from 'node:assert/strict';
import { test } from 'node:test';
import { esptoolPython } from '../support/peers.js';
import { runProgram } from '../support/run-program.js';
import { servedBoard } from '../support/test-board.js';

// A monitor as people write it with pyserial: reset by RTS, follow the board's output, ask it something.
const SCRIPT = `
import sys, serial
port = serial.serial_for_url(sys.argv[1], do_not_open=True)
port.baudrate = int(sys.argv[2])
port.timeout = 0.05
port.dtr = False
port.rts = False
port.open()

def until(text):
    got = b""
    while text not in got:
        got += port.read(max(1, port.in_waiting))
    return got

for step in sys.argv[3:]:
    verb, _, what = step.partition(":")
    if verb == "reset":
        port.rts = True
        port.reset_input_buffer()
        port.rts = False
    elif verb == "until":
        sys.stdout.buffer.write(until(what.encode()))
    elif verb == "baud":
        port.baudrate = int(what)
    elif verb == "send":
        port.write(what.encode() + b"\\r\\n")
port.close()
sys.stdout.flush()
`;

const python = esptoolPython(5);
const options = { skip: python.skip, timeout: 60_000 };

async function monitor(url: string, signal: AbortSignal, ...args: readonly string[]): Promise<string> {
  const { code, output } = await runProgram(python.path, ['-c', SCRIPT, url, ...args], { signal });
  assert.equal(code, 0, output);
  return output;
}

const READY = 'ESP8266 Mode: Web Server Running - Type = SDK API';

test('pyserial at 115200: reset by RTS, the sketch starts, a typed request is answered', options, async (t) => {
  const { url } = await servedBoard(t, { sketch: true, timing: 'real' });
  const output = await monitor(
    url,
    t.signal,
    '115200',
    'reset',
    `until:${READY}`,
    'send:/?request=GetSensors',
    'until:SYS_Heap',
  );
  assert.match(output, /ESP8266 Reset Reason: External System\r?\n/);
  assert.match(output, /ESP8266 IP: [\d.]+\r?\n[\s\S]*ESP8266 WebServer Port: 9705/);
  assert.doesNotMatch(output, /boot mode/, 'the banner at 74880 is garbage here');
});

test('pyserial at 74880: the ROM banner and the second stage, then the sketch at its own speed', options, async (t) => {
  const { url } = await servedBoard(t, { sketch: true, timing: 'real' });
  // The second reset: nobody promises that a busy machine changes the speed before the sketch speaks.
  const output = await monitor(url, t.signal, '74880', 'reset', 'until:~ld', 'baud:115200', 'reset', `until:${READY}`);
  assert.match(
    output,
    / ets Jan {2}8 2013,rst cause:2, boot mode:\(3,\d\)\r\n\r\nload 0x4010f000, len \d+, room 16 \r\n/,
  );
  assert.match(output, /csum 0x[0-9a-f]{2}\r\nv[0-9a-f]{8}\r\n~ld/);
});
