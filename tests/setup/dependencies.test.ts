import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/build.mjs';
import { dependenciesMatch } from '../../scripts/lib/dependencies.mjs';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dependencies-'));
  mkdirSync(join(dir, 'node_modules'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const here = { os: [process.platform], cpu: [process.arch] };
const LOCKED = {
  '': { name: 'some-project' },
  'node_modules/a': { version: '1.0.0' },
  'node_modules/native-here': { version: '2.0.0', optional: true, ...here },
  'node_modules/native-elsewhere': { version: '2.0.0', optional: true, os: ['plan9'], cpu: ['mips'] },
};
const { 'node_modules/native-elsewhere': _, '': __, ...INSTALLED } = LOCKED;

function write(installed: object | null): void {
  writeFileSync(join(dir, 'package-lock.json'), JSON.stringify({ packages: LOCKED }));
  if (installed)
    writeFileSync(join(dir, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }));
}

describe('dependenciesMatch', () => {
  it('accepts what npm installed here, whoever ran it [T4]', () => {
    expect(dependenciesMatch(ROOT)).toBe(true);
  });

  it('does not miss the optional packages of other machines [T4]', () => {
    write(INSTALLED);
    expect(dependenciesMatch(dir)).toBe(true);
  });

  it.each([
    ['an installation that was interrupted', null],
    ['another version', { ...INSTALLED, 'node_modules/a': { version: '1.0.1' } }],
    ['a missing package', { 'node_modules/native-here': { version: '2.0.0' } }],
    ["a missing package of this machine's own kind", { 'node_modules/a': { version: '1.0.0' } }],
  ])('refuses %s [T4]', (_what, installed) => {
    write(installed);
    expect(dependenciesMatch(dir)).toBe(false);
  });
});
