#!/usr/bin/env node
// In an installed package this only starts the program; in a clone it first makes what a clone lacks.
import { existsSync } from 'node:fs';

if (existsSync(new URL('../src', import.meta.url))) {
  const { prepare } = await import('../scripts/prepare.mjs');
  await prepare();
}
await import('../build/src/cli/main.js');
