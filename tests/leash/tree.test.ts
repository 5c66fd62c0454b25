import { expect, test } from 'vitest';
import type { ProcessEntry } from '../../workers/leash/process-table.ts';
import { selectTree, type Tree } from '../../workers/leash/tree.ts';

const COOKIE = '0123456789ab-00112233445566778899aabbccddeeff';
const TREE: Tree = { cookie: COOKIE, cgroup: null, leader: { pid: 100, startMs: 5_000 }, sinceMs: 4_000 };

function entry(pid: number, fields: Partial<ProcessEntry> = {}): ProcessEntry {
  return { pid, ppid: 1, pgid: pid, sid: pid, startMs: 6_000, dead: false, cookie: null, ...fields };
}

function select(
  table: ProcessEntry[],
  { inCgroup = [] as number[], known = [] as [number, number][], spare = [] as [number, number][] } = {},
): number[] {
  return selectTree(table, TREE, new Set(inCgroup), new Map(known), new Map(spare)).map(({ pid }) => pid);
}

test('finds the group, the bearers of the cookie and the descendants of either [S3]', () => {
  const table = [
    entry(1, { ppid: 0 }),
    entry(100, { startMs: 5_000 }),
    entry(101, { ppid: 100, pgid: 100, sid: 100 }),
    entry(300, { cookie: COOKIE }),
    entry(302, { ppid: 301 }),
    entry(301, { ppid: 300 }),
    entry(400),
  ];
  expect(select(table).sort()).toEqual([100, 101, 300, 301, 302]);
});

test('leaves a process alone that was given the pid of a dead one [S3]', () => {
  const stranger = entry(100, { startMs: 9_000 });
  const child = entry(101, { ppid: 100, pgid: 100, sid: 100, startMs: 9_100 });
  expect(select([stranger, child])).toEqual([]);
  expect(select([stranger], { known: [[100, 5_000]] })).toEqual([]);
});

test('remembers a process that was seen before it lost its parent [S3]', () => {
  expect(select([entry(700)], { known: [[700, 6_000]] })).toEqual([700]);
});

test('finds what is left of a group whose first process is gone [S3]', () => {
  expect(select([entry(101, { pgid: 100, sid: 100 }), entry(102, { pgid: 100, sid: 7 })])).toEqual([101]);
});

test('never takes the first process of the system, or one that is to be spared [S3]', () => {
  const table = [entry(1, { cookie: COOKIE }), entry(50, { cookie: COOKIE }), entry(51, { cookie: COOKIE })];
  expect(select(table, { spare: [[50, 6_000]] })).toEqual([51]);
  expect(select(table, { spare: [[50, 1]] })).toEqual([50, 51]);
});

test('counts what only waits to be reaped as gone [S3]', () => {
  expect(select([entry(100, { startMs: 5_000, dead: true }), entry(300, { cookie: COOKIE })])).toEqual([300]);
});

test('ends what is in the cgroup of the run, even without cookie or kin [S3]', () => {
  expect(select([entry(800), entry(801)], { inCgroup: [800] })).toEqual([800]);
});
