import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(dirname(fileURLToPath(import.meta.url)));

/** The root of the package, whether this runs from source or from `dist`. */
export const packageRoot: string = basename(here) === 'dist' ? dirname(here) : here;

/** Colibri's version, from its package.json. */
export const version: string = (
  JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
).version;
