import { expect, test } from 'vitest';
import { ownCgroupFolder, parseCgroupMounts, parseOwnCgroup } from '../../workers/leash/cgroup-mounts.ts';

const HYBRID = `30 23 0:26 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
31 30 0:27 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
40 30 0:36 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;
const PURE = '25 20 0:22 / /sys/fs/cgroup rw,nosuid,nodev shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';

test('finds the v2 hierarchy on a pure and on a hybrid system [P3]', () => {
  expect(parseCgroupMounts(PURE)).toEqual([{ root: '/', mountPoint: '/sys/fs/cgroup' }]);
  expect(parseCgroupMounts(HYBRID)).toEqual([{ root: '/', mountPoint: '/sys/fs/cgroup/unified' }]);
  expect(parseCgroupMounts('1 0 0:1 / /a\\040b rw - cgroup2 none rw')).toEqual([{ root: '/', mountPoint: '/a b' }]);
});

test('puts runs below the cgroup that systemd delegated to the service [P3]', () => {
  const own = parseOwnCgroup('9:name=systemd:/x\n0::/system.slice/colibri-host.service\n');
  expect(own).toBe('/system.slice/colibri-host.service');
  const folder = ownCgroupFolder({ root: '/', mountPoint: '/sys/fs/cgroup' }, String(own));
  expect(folder).toBe('/sys/fs/cgroup/system.slice/colibri-host.service');
});

test('uses no cgroup that the mount does not show [P3]', () => {
  expect(ownCgroupFolder({ root: '/docker/1', mountPoint: '/m' }, '/docker/1/x')).toBe('/m/x');
  expect(ownCgroupFolder({ root: '/docker/1', mountPoint: '/m' }, '/docker/12')).toBeNull();
  expect(ownCgroupFolder({ root: '/', mountPoint: '/m' }, '/../outside')).toBeNull();
  expect(parseOwnCgroup('8:pids:/\n')).toBeNull();
});
