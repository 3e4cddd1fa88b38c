import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { EspwatchError } from '../errors.js';
import { arduinoImage, virtualImage } from '../flash/image.test.helper.js';
import { BoardImages } from './desk-images.js';
import type { DeskWorld } from './desk-world.js';

async function shelf(t: TestContext): Promise<{ images: BoardImages; folder: string; list: string; read: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'espwatch-images-'));
  t.after(() => rm(folder, { recursive: true }));
  const list = join(folder, 'state', 'recent-images.json');
  const read: string[] = [];
  const readImage: DeskWorld['readImage'] = async (image) => {
    read.push(image);
    if (image.endsWith('missing.bin')) throw new EspwatchError('IMAGE_MISSING', 'It is not there.', 'Check the path.');
    const bytes = image === 'prebuilt' ? virtualImage() : arduinoImage(20_000);
    return [{ name: 'fw.bin', offset: 0, bytes }];
  };
  const images = new BoardImages({ readImage, recentImages: list } as DeskWorld);
  return { images, folder, list, read };
}

test('images that were flashed are offered again, the last one first, eight of them', async (t) => {
  const { images, list } = await shelf(t);
  assert.deepEqual(await images.list('usb'), []);
  await Promise.all(Array.from({ length: 10 }, (_, i) => images.remember(`/fw/${i}.bin`)));
  await images.remember('/fw/5.bin');
  await images.remember('prebuilt');
  const ids = (await images.list('usb')).map(({ id }) => id);
  assert.deepEqual(
    ids,
    [5, 9, 8, 7, 6, 4, 3, 2].map((i) => `/fw/${i}.bin`),
  );
  assert.deepEqual(await readdir(join(list, '..')), ['recent-images.json'], 'nothing is left beside it');
});

test('the prebuilt sketch is offered where it may run', async (t) => {
  const { images } = await shelf(t);
  for (const kind of ['virtual', 'remote', null] as const) {
    assert.deepEqual(
      (await images.list(kind)).map(({ id, group }) => [id, group]),
      [['prebuilt', 'prebuilt']],
    );
  }
});

test('a name without a folder is kept with it, and with its offset', async (t) => {
  const { images, read } = await shelf(t);
  await images.remember('fw.bin@0x10000');
  const [choice] = await images.list('usb');
  assert.equal(choice?.id, join(process.cwd(), 'fw.bin@0x10000'));
  await images.read('fw.bin@0x10000');
  assert.deepEqual(read, [choice?.id]);
});

for (const damage of ['', '{"images":', '[]', '{"images":7}', 'null']) {
  test(`a damaged list is as good as none: ${damage || 'empty'}`, async (t) => {
    const { images, list } = await shelf(t);
    await images.remember('/fw/a.bin');
    await writeFile(list, damage);
    assert.deepEqual(await images.list('usb'), []);
    await images.remember('/fw/b.bin');
    assert.deepEqual(JSON.parse(await readFile(list, 'utf8')), { images: ['/fw/b.bin'] });
  });
}

test('what is no name in the list is left out', async (t) => {
  const { images, list } = await shelf(t);
  await images.remember('/fw/a.bin');
  await writeFile(list, JSON.stringify({ images: [1, null, '/fw/a.bin', ''] }));
  assert.deepEqual(
    (await images.list('usb')).map(({ id }) => id),
    ['/fw/a.bin'],
  );
});

test('a list that cannot be kept is no failure', async (t) => {
  const { folder } = await shelf(t);
  const file = join(folder, 'file');
  await writeFile(file, '');
  const images = new BoardImages({ recentImages: join(file, 'list.json') } as DeskWorld);
  await images.remember('/fw/a.bin');
  assert.deepEqual(await images.list('usb'), []);
});

test('what is in an image is said; what is wrong with it, too', async (t) => {
  const { images } = await shelf(t);
  const fine = await images.inspect('/fw/a.bin', 'usb', 7);
  assert.equal(fine.problem, null);
  assert.match(fine.lines[0] ?? '', /^fw\.bin at 0x0: Arduino image, \d+ bytes, .* CRC 0x[0-9a-f]{8} ok$/);
  assert.ok(fine.bytes > 20_000);
  const other = await images.inspect('prebuilt', 'usb', 7);
  assert.deepEqual([other.problem?.code, other.problem?.t], ['IMAGE_OTHER_BOARD', 7]);
  assert.match(other.lines[1] ?? '', /virtual board only/);
  assert.equal((await images.inspect('prebuilt', 'virtual', 7)).problem, null);
  assert.equal((await images.inspect('/fw/missing.bin', null, 7)).problem?.code, 'IMAGE_MISSING');
  assert.equal((await images.inspect('fw.bin@5x', null, 7)).problem?.code, 'USAGE');
});
