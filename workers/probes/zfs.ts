import { complaint, found, missing } from './findings.ts';
import type { Probe } from './probe.ts';

// The states in which a pool can still be read and written.
const USABLE = ['ONLINE', 'DEGRADED'];

export const zfs: Probe = {
  name: 'zfs',
  tags: ['zfs'],
  async run({ exec, timeoutMs }) {
    const [listed, versions] = await Promise.all([
      exec('zpool', ['list', '-H', '-o', 'name,health'], { timeoutMs }),
      exec('zpool', ['version'], { timeoutMs }),
    ]);
    if (listed.code !== 0) return [missing('zfs', `the pools cannot be listed: ${complaint('zpool', listed)}`)];
    const pools = listed.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t'));
    const usable = pools.find(([, health]) => USABLE.includes(health ?? ''));
    if (!usable) {
      const states = pools.map(([name, health]) => `${name} is ${health}`).join(', ');
      return [missing('zfs', states ? `no pool can be used: ${states}` : 'zpool runs, but there is no pool')];
    }
    const version = /^zfs-(\d[\w.]*)/m.exec(versions.stdout)?.[1];
    return [found('zfs', `the pool ${usable[0]} is ${usable[1]}`, version)];
  },
};
