import type { Containment } from './containment.ts';

/**
 * Process group and cookie: works for any user on any system. A process that leaves its group, loses its parents
 * *and* has cleared its environment evades it; cgroups leave no such way out.
 */
export function sweepContainment(): Containment {
  return {
    kind: 'sweep',
    folder: null,
    open: () => null,
    wrap: (_cgroup, [file = '', ...args]) => ({ file, args }),
    close() {},
  };
}
