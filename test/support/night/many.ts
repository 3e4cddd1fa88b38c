import { test } from 'node:test';
import { checkNight } from './check.js';
import { generate } from './generate.js';

/** Nights by chance: from ESPWATCH_NIGHT on (default 1), so that a failure can be played again alone. */
const FIRST = Number(process.env['ESPWATCH_NIGHT'] ?? 1);
const COUNT = Number(process.env['ESPWATCH_NIGHTS'] ?? 200);

/** A share of the nights, as one of `of` processes; a test for each, named by its seed. */
export function testNights(share: number, of: number): void {
  for (let i = share; i < COUNT; i += of) {
    const seed = FIRST + i;
    test(`night ${seed}`, () =>
      checkNight(generate(seed)).catch((error: unknown) => {
        throw new Error(`ESPWATCH_NIGHT=${seed} ESPWATCH_NIGHTS=1 plays it again`, { cause: error });
      }));
  }
}
