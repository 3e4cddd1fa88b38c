/** Run as a process: writes until it is killed, and says after each line what was handed over. Argument: the folder. */
import { RunFolder } from './run-folder.js';

const [, , path = ''] = process.argv;
const { folder } = await RunFolder.resume(path, { captureSegmentBytes: 20_000, eventSegmentBytes: 5_000 });
const text = (i: number): string => `<${i}>${'.'.repeat(i % 50)}`;
for (let i = 0; process.connected; i++) {
  folder.capture(0).add({ t: i, baud: 9600, bytes: new Uint8Array(Buffer.from(text(i))) });
  folder.append({ kind: 'alive', t: i }, { urgent: i % 7 === 0 });
  if (i % 3 !== 0) continue;
  await folder.drained();
  process.send?.(i);
}
