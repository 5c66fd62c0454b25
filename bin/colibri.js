#!/usr/bin/env node
// The `colibri` program. In a clone (the sources are there) it first makes sure that what it runs is built from them.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pathWithTools } from '../scripts/lib/tools.mjs';

const root = new URL('../', import.meta.url);

async function ready() {
  if (!existsSync(new URL('tsconfig.json', root))) return true;
  const { isStale } = await import('../scripts/lib/build.mjs');
  const installed = existsSync(new URL('node_modules/.package-lock.json', root));
  if (installed && !isStale()) return true;
  const { spawnSync } = await import('node:child_process');
  const setup = fileURLToPath(new URL('scripts/setup.mjs', root));
  return spawnSync(process.execPath, [setup], { stdio: ['ignore', 2, 2] }).status === 0;
}

process.env.PATH = pathWithTools();
if (await ready()) await import('../dist/cli/main.js');
else process.exitCode = 1;
