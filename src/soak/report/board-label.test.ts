import assert from 'node:assert/strict';
import { test } from 'node:test';
import stringWidth from 'string-width';
import { boardLabel } from './board-label.js';

const BY_ID = '/dev/serial/by-id/usb-Silicon_Labs_CP2102_USB_to_UART_Bridge_Controller_0001-if00-port0';

for (const [name, room, label] of [
  ['/dev/ttyUSB0', 14, '/dev/ttyUSB0'],
  ['sim:', 14, 'sim:'],
  ['/dev/ttyUSB10000', 14, 'ttyUSB10000'],
  ['rfc2217://127.0.0.1:38107', 15, '127.0.0.1:38107'],
  ['rfc2217://127.0.0.1:38107', 14, '~7.0.0.1:38107'],
  ['rfc2217://127.0.0.1:38107', 40, 'rfc2217://127.0.0.1:38107'],
  [BY_ID, 14, '~ntroller_0001'],
  ['/dev/', 3, '~v/'],
] as const) {
  test(`${name} in ${room} columns`, () => assert.equal(boardLabel(name, room, '~'), label));
}

test('wide characters count as what they take; what a terminal would obey is gone', () => {
  for (const name of ['ポート'.repeat(9), `\u001b[31m${'x'.repeat(50)}`, '👩‍🔬'.repeat(20)]) {
    const label = boardLabel(name, 14, '…');
    assert.ok(stringWidth(label) <= 14 && label.startsWith('…'), label);
    assert.doesNotMatch(label, /[\x00-\x1f]/);
  }
});
