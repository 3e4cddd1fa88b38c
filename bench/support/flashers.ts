import { join } from 'node:path';
import { flashBoard } from '../../src/flash/flash.js';
import { PortLink } from '../../src/serial/port-link.js';
import { SimBinding } from '../../src/sim/index.js';
import { esptoolPython, type Peer } from '../../test/support/peers.js';
import { type BenchPort, ESPWATCH, simHere } from './boards.js';
import { type Line, runTimed } from './run.js';

/** One flash of one board. */
export interface FlashRun {
  /** Bytes of the deflated stream. */
  readonly compressed: number;
  /** From the first command of the write to the answer to its last one, as the tool tells it. */
  readonly wireMs: number;
  /** From the port's opening to the MD5 being right. */
  readonly verifiedMs: number;
  /** The whole command, with its start-up and what comes after (restart; ours also proves the boot). */
  readonly totalMs: number;
}

/** `espwatch flash`, as a user runs it. */
export async function flashByEspwatch({ port, env }: BenchPort, image: string, baud: number): Promise<FlashRun> {
  const args = [ESPWATCH, 'flash', image, '--port', port, '--flash-baud', `${baud}`, '--json'];
  const { lines, ms } = await runTimed(process.execPath, args, env);
  const records = lines.flatMap(({ t, text }) => {
    return text.startsWith('{') ? [{ t, record: JSON.parse(text) as OurRecord }] : [];
  });
  const opened = records[0];
  const verified = records.find(({ record }) => record.phase === 'boot');
  const result = records.find(({ record }) => record.type === 'result')?.record;
  if (opened === undefined || verified === undefined || result?.parts === undefined) {
    throw new Error('espwatch flash --json did not say what it did');
  }
  if (result.baudUsed !== baud) throw new Error(`espwatch wrote at ${result.baudUsed} instead of ${baud} baud`);
  const compressed = result.parts.reduce((sum, part) => sum + part.compressed, 0);
  return { compressed, wireMs: result.wireMs ?? Number.NaN, verifiedMs: verified.t - opened.t, totalMs: ms };
}

interface OurRecord {
  readonly type: string;
  readonly phase?: string;
  readonly baudUsed?: number;
  readonly wireMs?: number;
  readonly parts?: readonly { readonly compressed: number }[];
}

/** The same code without processes, TCP or terminals between. */
export async function flashInProcess(image: Uint8Array, baud: number): Promise<FlashRun> {
  const { board, dispose } = simHere(image);
  const link = new PortLink({ path: 'sim:', binding: new SimBinding(board, 'sim:'), atomicLines: true });
  try {
    const startedAt = performance.now();
    let verifiedAt = Number.NaN;
    const report = await flashBoard(link, [{ name: 'bench.bin', offset: 0, bytes: image }], {
      baud,
      onProgress: ({ phase }) => {
        if (phase === 'boot') verifiedAt = performance.now();
      },
    });
    const totalMs = performance.now() - startedAt;
    if (report.baudUsed !== baud) throw new Error(`espwatch wrote at ${report.baudUsed} instead of ${baud} baud`);
    const compressed = report.parts.reduce((sum, part) => sum + part.compressed, 0);
    return { compressed, wireMs: report.wireMs, verifiedMs: verifiedAt - startedAt, totalMs };
  } finally {
    await link.close();
    await dispose();
  }
}

/** esptool 5's own start script, in the environment that `.ci/run` makes. */
export function esptool(): Peer {
  const python = esptoolPython(5);
  return { path: join(python.path, '../esptool'), skip: python.skip };
}

/** esptool with the chip named, so that it need not ask for it. */
export async function flashByEsptool({ port, env }: BenchPort, image: string, baud: number): Promise<FlashRun> {
  const args = ['--chip', 'esp8266', '--port', port, '--baud', `${baud}`, 'write-flash', '0x0', image];
  const { lines, ms } = await runTimed(esptool().path, args, env);
  const opened = lines.find(({ text }) => text.startsWith('Serial port '));
  const verified = lines.find(({ text }) => text.includes('Hash of data verified'));
  const wrote = match(lines, /Wrote \d+ bytes \((\d+) compressed\) .* in ([\d.]+) seconds/);
  if (opened === undefined || verified === undefined || wrote === null) {
    throw new Error('esptool did not say what it did');
  }
  return {
    compressed: Number(wrote[1]),
    wireMs: Number(wrote[2]) * 1000,
    verifiedMs: verified.t - opened.t,
    totalMs: ms,
  };
}

function match(lines: readonly Line[], pattern: RegExp): RegExpExecArray | null {
  for (const { text } of lines) {
    const found = pattern.exec(text);
    if (found !== null) return found;
  }
  return null;
}
