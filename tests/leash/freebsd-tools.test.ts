import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { freebsdProcesses, freebsdStartOf } from '../../workers/leash/process-table-freebsd.ts';
import { tempDir } from './support.ts';

const PS = `cat '${fileURLToPath(new URL('recorded/freebsd-ps.txt', import.meta.url))}'`;
const PROCSTAT = `cat '${fileURLToPath(new URL('recorded/freebsd-procstat-e.txt', import.meta.url))}'`;

/** Puts programs of our own in the place of FreeBSD's tools; null leaves one out. */
function tools(scripts: { ps: string | null; procstat: string | null }): void {
  const dir = tempDir();
  for (const [name, script] of Object.entries(scripts)) {
    if (script === null) continue;
    writeFileSync(join(dir, name), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
    chmodSync(join(dir, name), 0o755);
  }
  const path = process.env.PATH;
  process.env.PATH = dir;
  onTestFinished(() => {
    process.env.PATH = path;
  });
}

test('takes what FreeBSD shows though a process ended meanwhile [S3]', () => {
  tools({ ps: `${PS}; exit 1`, procstat: `${PROCSTAT}; exit 1` });
  expect(freebsdProcesses(0)).toHaveLength(7);
  expect(freebsdProcesses(0).filter(({ cookie }) => cookie !== null)).toHaveLength(3);
});

test('takes no look for whole that FreeBSD did not let us have [P3]', () => {
  tools({ ps: 'exit 1', procstat: PROCSTAT });
  expect(() => freebsdProcesses(0)).toThrow('ps shows no process at all');
  expect(freebsdStartOf(1204)).toBeNull();
  tools({ ps: PS, procstat: 'exit 1' });
  expect(() => freebsdProcesses(0)).toThrow('procstat shows no process at all');
  tools({ ps: null, procstat: PROCSTAT });
  expect(() => freebsdProcesses(0)).toThrow('ENOENT');
  tools({ ps: `${PS}; kill -9 $$`, procstat: PROCSTAT });
  expect(() => freebsdProcesses(0)).toThrow();
});

test('waits for a tool of FreeBSD only so long, and takes no half of what it said [P3]', () => {
  tools({ ps: `${PS}; exec sleep 600`, procstat: PROCSTAT });
  const from = performance.now();
  expect(() => freebsdProcesses(0)).toThrow('ETIMEDOUT');
  expect(performance.now() - from).toBeLessThan(4_500);
});
