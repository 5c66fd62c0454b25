import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type NeedResult, Needs } from '../../schemas/needs.ts';
import { handOver } from '../../workers/host/needs.ts';
import { tempDir } from '../leash/support.ts';

const result = (more: Partial<NeedResult> = {}): NeedResult => ({
  ...{ state: 'done', exitCode: 0, summary: 'exit code 0', tail: [], data: null, cut: [] },
  ...more,
});

describe('what a task needed', () => {
  it('is handed over in a file of its owner for each, and in variables [B5] [T1]', () => {
    const folder = join(tempDir(), 'needs');
    const needs = {
      'unit-tests': result({ data: { passed: 7 } }),
      version: result({ data: '1.2.3', tail: ['not this'] }),
      print: result({ tail: ['first', 'last', ' '] }),
      silent: result(),
    };
    expect(handOver(needs, folder)).toEqual({
      COLIBRI_NEEDS_DIR: folder,
      COLIBRI_NEED_UNIT_TESTS: '{"passed":7}',
      COLIBRI_NEED_VERSION: '1.2.3',
      COLIBRI_NEED_PRINT: 'last',
      COLIBRI_NEED_SILENT: '',
    });
    for (const [name, given] of Object.entries(needs)) {
      const file = join(folder, `${name}.json`);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(given);
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('leaves no trace when it is nothing [B5]', () => {
    const folder = join(tempDir(), 'needs');
    expect(handOver({}, folder)).toEqual({});
    expect(() => statSync(folder)).toThrow('ENOENT');
  });

  it('leaves out of the variables what a process could not be given, and keeps it in the file [T2]', () => {
    const folder = join(tempDir(), 'needs');
    const many = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`n${i}`, result({ data: 'x'.repeat(8_000) })]),
    );
    const variables = handOver(
      { long: result({ data: 'y'.repeat(9_000) }), nul: result({ data: 'a\0b' }), ...many },
      folder,
    );
    expect(Object.keys(variables)).not.toContain('COLIBRI_NEED_LONG');
    expect(Object.keys(variables)).not.toContain('COLIBRI_NEED_NUL');
    expect(Object.keys(variables).filter((name) => name.startsWith('COLIBRI_NEED_N'))).toHaveLength(8);
    expect(JSON.parse(readFileSync(join(folder, 'long.json'), 'utf8')).data).toHaveLength(9_000);
  });

  it('cannot name a file outside of its folder [T2]', () => {
    for (const name of ['../x', 'a/b', '.', '', 'a b', 'x'.repeat(65)]) {
      expect(Needs.safeParse({ [name]: result() }).success).toBe(false);
    }
    expect(Needs.safeParse({ ok: result() }).success).toBe(true);
  });
});
