import type { CatalogEntry } from './entry.ts';

export const INSTALLATION_COMMANDS: readonly CatalogEntry[] = [
  {
    path: ['dev'],
    summary: 'run everything in this terminal: server, control worker and this host',
    load: () => import('../commands/dev.ts'),
  },
  {
    path: ['demo'],
    summary: 'show how it works, with a fleet of three hosts',
    load: () => import('../commands/demo.ts'),
  },
  {
    path: ['status'],
    summary: 'server, workers, hosts and tasks at a glance',
    load: () => import('../commands/status.ts'),
  },
  {
    path: ['doctor'],
    summary: 'check each thing that is needed, and say how to mend it',
    load: () => import('../commands/doctor.ts'),
  },
  {
    path: ['config'],
    summary: 'print the settings that hold, and where each comes from',
    load: () => import('../commands/config.ts'),
  },
  {
    path: ['onboard'],
    args: '[address]',
    summary: 'make this machine a host of the fleet at an address',
    load: () => import('../commands/onboard.ts'),
  },
  {
    path: ['offboard'],
    summary: 'take this machine out of its fleet and remove what onboarding made',
    load: () => import('../commands/offboard.ts'),
  },
  { path: ['server'], summary: 'run the embedded Temporal server', load: () => import('../commands/server.ts') },
  {
    path: ['worker', 'control'],
    summary: 'run the worker that keeps tasks and fleet (one for all)',
    load: () => import('../commands/worker-control.ts'),
  },
  {
    path: ['worker', 'host'],
    summary: 'run the worker of this host, which runs agents',
    load: () => import('../commands/worker-host.ts'),
  },
];
