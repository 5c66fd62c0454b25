import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bootClockMs } from '../../workers/boot-clock.ts';
import { processTable, startOf } from '../../workers/leash/process-table.ts';
import { parseFreebsdEnvironments, parseFreebsdPs } from '../../workers/leash/process-table-freebsd.ts';
import { cookieInEnviron, parseLinuxStat } from '../../workers/leash/process-table-linux.ts';

const COOKIE = '0123456789ab-00112233445566778899aabbccddeeff';

// Composed after the manuals and sources of ps(1) and procstat(1), not taken from a machine.
function recorded(name: string): string {
  return readFileSync(new URL(`recorded/${name}`, import.meta.url), 'utf8');
}

function stat(name: string, state: string, threads: number): string {
  return `4242 (${name}) ${state} 41 4240 4239 0 -1 4194304 90 0 0 0 0 0 0 0 20 0 ${threads} 0 97953 2400000 90`;
}

test('reads a process whose name holds brackets and blanks [S3]', () => {
  const process = parseLinuxStat(stat('a) R 1 (b', 'S', 1));
  expect(process).toEqual({ pid: 4242, ppid: 41, pgid: 4240, sid: 4239, startMs: 979_530, dead: false });
  expect(parseLinuxStat('')).toBeNull();
});

test('takes a zombie for dead, but not one whose other threads run on [S3]', () => {
  expect(parseLinuxStat(stat('a', 'Z', 1))?.dead).toBe(true);
  expect(parseLinuxStat(stat('a', 'Z', 3))?.dead).toBe(false);
});

test('finds the cookie as an entry of its own in an environment [S3]', () => {
  const environ = (...entries: string[]) => Buffer.from(entries.join('\0'));
  expect(cookieInEnviron(environ('A=1', `COLIBRI_RUN_COOKIE=${COOKIE}`, 'B=2'))).toBe(COOKIE);
  expect(cookieInEnviron(environ(`COLIBRI_RUN_COOKIE=${COOKIE}`))).toBe(COOKIE);
  expect(cookieInEnviron(environ('X_COLIBRI_RUN_COOKIE=no', `COLIBRI_RUN_COOKIE=${COOKIE}`))).toBe(COOKIE);
  expect(cookieInEnviron(environ(`NOTE=see COLIBRI_RUN_COOKIE=${COOKIE}`))).toBeNull();
});

test('reads the process table of FreeBSD [S3]', () => {
  const table = parseFreebsdPs(recorded('freebsd-ps.txt'), 905_211_500);
  expect(table).toHaveLength(7);
  expect(table[3]).toEqual({
    pid: 41375,
    ppid: 1204,
    pgid: 41375,
    sid: 41375,
    startMs: 905_199_500,
    dead: false,
  });
  expect(table.filter((entry) => entry.dead).map((entry) => entry.pid)).toEqual([41392]);
});

test('finds cookies in the environments that FreeBSD shows [S3]', () => {
  const cookies = parseFreebsdEnvironments(recorded('freebsd-procstat-e.txt'));
  expect([...cookies]).toEqual([41375, 41380, 41391].map((pid) => [pid, COOKIE]));
});

test('sees this process and its start on the boot clock [S3]', () => {
  const self = processTable().find((entry) => entry.pid === process.pid);
  expect(self?.ppid).toBe(process.ppid);
  expect(self?.startMs).toBe(startOf(process.pid));
  expect(Math.abs(bootClockMs() - process.uptime() * 1000 - Number(self?.startMs))).toBeLessThan(2_000);
});
