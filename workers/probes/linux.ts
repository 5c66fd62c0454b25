import { found, missing } from './findings.ts';
import type { Probe } from './probe.ts';

export const linux: Probe = {
  name: 'linux',
  tags: ['linux'],
  async run({ platform, exec, timeoutMs }) {
    if (platform !== 'linux') return [missing('linux', `this machine runs ${platform}`)];
    const release = (await exec('uname', ['-r'], { timeoutMs })).stdout.trim();
    return [found('linux', `the kernel is Linux${release ? ` ${release}` : ''}`, release || undefined)];
  },
};
