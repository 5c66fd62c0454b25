import { complaint, found, missing } from './findings.ts';
import type { Probe } from './probe.ts';

const TAG = 'freebsd-jail';

export const freebsdJail: Probe = {
  name: TAG,
  tags: [TAG],
  timeoutMs: 10_000,
  async run({ platform, exec, timeoutMs }) {
    if (platform !== 'freebsd') return [missing(TAG, `jails are FreeBSD's, and this machine runs ${platform}`)];
    const ask = async (file: string, ...args: string[]) => (await exec(file, args, { timeoutMs })).stdout.trim();
    const user = await ask('id', '-u');
    if (user !== '0')
      return [missing(TAG, `only root may make jails, and the worker runs as user ${user || 'unknown'}`)];
    const jailed = (await ask('sysctl', '-n', 'security.jail.jailed')) === '1';
    if (jailed && !(Number(await ask('sysctl', '-n', 'security.jail.children.max')) > 0)) {
      return [missing(TAG, 'the worker is itself in a jail that may not have jails (security.jail.children.max is 0)')];
    }
    // A jail without `persist` is gone as soon as its only process ends.
    const trial = await exec('jail', ['-c', 'path=/', 'command=/usr/bin/true'], { timeoutMs });
    if (trial.code !== 0) return [missing(TAG, `a trial jail did not start: ${complaint('jail', trial)}`)];
    const list = await exec('jls', ['-N'], { timeoutMs });
    if (list.code !== 0) return [missing(TAG, `jails cannot be listed: ${complaint('jls', list)}`)];
    const running = Math.max(0, list.stdout.trim().split('\n').length - 1);
    return [found(TAG, `a trial jail ran a program and is gone again; ${running} other jails run`)];
  },
};
