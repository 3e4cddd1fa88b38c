import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreInstalled, coreOfFramework, libraryInstalled, packagesListed, sameVersion } from './versions.js';

test('versions are compared by their numbers', () => {
  for (const [a, b] of [
    ['2.8', '2.8.0'],
    ['3.1.2', '3.1.2'],
    ['2.8', '2.8.0+sha.1'],
  ] as const) {
    assert.equal(sameVersion(a, b), true, `${a} ${b}`);
  }
  for (const [a, b] of [
    ['2.8', '2.8.1'],
    ['3.1.2', '3.1.20'],
    ['3.1.2', '3.1.2-rc1'],
    ['', '3.1.2'],
  ] as const) {
    assert.equal(sameVersion(a, b), false, `${a} ${b}`);
  }
});

test('what arduino-cli lists, before 1.0 and since', () => {
  const other = { id: 'arduino:avr', installed_version: '1.8.6', installed: '1.8.6' };
  assert.equal(coreInstalled({ platforms: [other, { id: 'a:b', installed_version: '3.1.2' }] }, 'a:b'), '3.1.2');
  assert.equal(coreInstalled([other, { id: 'a:b', installed: '3.0.2' }], 'a:b'), '3.0.2');
  assert.equal(coreInstalled({ platforms: [other, { id: 'a:b', installed_version: '' }] }, 'a:b'), null);
  assert.equal(libraryInstalled({ installed_libraries: [{ library: { name: 'L', version: '2.8.0' } }] }, 'L'), '2.8.0');
  assert.equal(libraryInstalled([{ library: { name: 'L', version: '2.7' } }], 'L'), '2.7');
  for (const nothing of [null, {}, [], 'x', { platforms: null }, { installed_libraries: [null, {}] }]) {
    assert.equal(coreInstalled(nothing, 'a:b'), null);
    assert.equal(libraryInstalled(nothing, 'L'), null);
  }
});

test('what PlatformIO lists', () => {
  const listed = packagesListed(
    [
      'Resolving d1_mini dependencies...',
      'Platform espressif8266 @ 4.2.1 (required: espressif8266 @ 4.2.1)',
      '├── framework-arduinoespressif8266 @ 3.30102.0 (required: platformio/framework-arduinoespressif8266 @ ~3.30102.0)',
      '└── toolchain-xtensa @ 2.100300.220621 (required: platformio/toolchain-xtensa @ ~2.100300.220621)',
      '',
      'Libraries',
      '└── PubSubClient @ 2.8.0 (required: knolleary/PubSubClient @ 2.8)',
    ].join('\n'),
  );
  assert.deepEqual(Object.fromEntries(listed), {
    espressif8266: '4.2.1',
    'framework-arduinoespressif8266': '3.30102.0',
    'toolchain-xtensa': '2.100300.220621',
    PubSubClient: '2.8.0',
  });
  assert.equal(coreOfFramework('3.30102.0'), '3.1.2');
  assert.equal(coreOfFramework('2.20704.0'), '2.7.4');
  assert.equal(coreOfFramework('3.1.2'), null);
});
