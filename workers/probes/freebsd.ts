import { found, missing } from './findings.ts';
import type { Probe } from './probe.ts';

export const freebsd: Probe = {
  name: 'freebsd',
  tags: ['freebsd'],
  async run({ platform, exec, timeoutMs }) {
    if (platform !== 'freebsd') return [missing('freebsd', `this machine runs ${platform}`)];
    // The userland's patch level tells more than the kernel's; freebsd-version is in base since 10.
    const userland = await exec('freebsd-version', ['-u'], { timeoutMs });
    const release = userland.code === 0 ? userland : await exec('uname', ['-r'], { timeoutMs });
    const version = release.stdout.trim();
    return [found('freebsd', `the system is FreeBSD${version ? ` ${version}` : ''}`, version || undefined)];
  },
};
