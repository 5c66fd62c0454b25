import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/build.mjs';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'summary-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

type Status = 'passed' | 'failed' | 'pending';

function summary(files: Record<string, Status[]> | null, log = '') {
  const report = join(dir, 'report.json');
  const testResults = Object.entries(files ?? {}).map(([name, statuses]) => ({
    name: join('/anywhere', name),
    status: statuses.includes('failed') || statuses.length === 0 ? 'failed' : 'passed',
    assertionResults: statuses.map((status) => ({ status, fullName: `a ${status} test` })),
  }));
  if (files) writeFileSync(report, JSON.stringify({ testResults }));
  writeFileSync(join(dir, 'log'), log);
  const args = [join(ROOT, 'scripts', 'test-summary.mjs'), report, join(dir, 'log')];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, last: stdout.trimEnd().split('\n').at(-1), stdout };
}

describe('the last line of a CI run', () => {
  it('counts what passed and failed over all files [T4]', () => {
    const files = { 'tests/a.test.ts': ['passed', 'passed'], 'tests/b.test.ts': ['passed', 'failed'] } as const;
    expect(summary({ ...files } as never)).toMatchObject({ status: 1, last: '3 passed, 1 failed' });
    expect(summary({ 'tests/a.test.ts': ['passed', 'pending'] })).toMatchObject({
      status: 0,
      last: '1 passed, 0 failed',
    });
  });

  it('counts a file that could not be loaded as a failure [T4]', () => {
    const files = { 'tests/a.test.ts': ['passed'], 'tests/broken.test.ts': [] } as Record<string, Status[]>;
    expect(summary(files)).toMatchObject({ status: 1, last: '1 passed, 1 failed' });
  });

  it('fails when no test ran, or when tests of the network were skipped [T4]', () => {
    expect(summary({})).toMatchObject({ status: 1, last: '0 passed, 0 failed' });
    const skipped = summary({ 'tests/a.test.ts': ['passed'], 'tests/hosts/link.test.ts': ['pending'] });
    expect(skipped).toMatchObject({ status: 1, last: '1 passed, 0 failed' });
    expect(skipped.stdout).toContain('a pending test');
  });

  it('counts what was printed when the run did not end by itself [T4]', () => {
    const log = ' ✓ tests/a.test.ts > one 3ms\n × tests/a.test.ts > two 3ms\n ✓ tests/b.test.ts > three\n';
    expect(summary(null, log)).toMatchObject({ status: 1, last: '2 passed, 1 failed' });
  });
});
