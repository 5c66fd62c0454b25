import type { CatalogEntry } from './entry.ts';

export const HOST_COMMANDS: readonly CatalogEntry[] = [
  { path: ['host', 'list'], summary: 'list the hosts of the fleet', load: () => import('../commands/host-list.ts') },
  {
    path: ['host', 'show'],
    args: '<name>',
    summary: 'show one host: tags, how each is known, running tasks',
    load: () => import('../commands/host-show.ts'),
  },
  {
    path: ['host', 'matrix'],
    summary: 'print which host can do what',
    load: () => import('../commands/host-matrix.ts'),
  },
  {
    path: ['host', 'probe'],
    args: '[name]',
    summary: 'probe what this machine, or a host of the fleet, can do',
    load: () => import('../commands/host-probe.ts'),
  },
  {
    path: ['host', 'drain'],
    args: '<name>',
    summary: 'let a host finish what it has and take nothing new',
    load: () => import('../commands/host-drain.ts'),
  },
  {
    path: ['host', 'resume'],
    args: '<name>',
    summary: 'let a draining host take tasks again',
    load: () => import('../commands/host-resume.ts'),
  },
  {
    path: ['host', 'invite'],
    summary: 'make a code by which a new machine may join the fleet',
    load: () => import('../commands/host-invite.ts'),
  },
  {
    path: ['host', 'invites'],
    summary: 'list the invitations, or revoke one',
    load: () => import('../commands/host-invites.ts'),
  },
  {
    path: ['host', 'expect'],
    args: '<name>',
    summary: 'announce a host that is to join, so that its absence shows',
    load: () => import('../commands/host-expect.ts'),
  },
  {
    path: ['host', 'forget'],
    args: '<name>',
    summary: 'take a host off the fleet that is offline or never came',
    load: () => import('../commands/host-forget.ts'),
  },
  {
    path: ['host', 'diff'],
    args: '[file]',
    summary: 'say what changed in the fleet since a matrix was saved',
    load: () => import('../commands/host-diff.ts'),
  },
];
