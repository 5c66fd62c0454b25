import type { CatalogEntry } from './entry.ts';

export const PLAN_COMMANDS: readonly CatalogEntry[] = [
  {
    path: ['plan', 'submit'],
    args: '<file>',
    summary: 'submit a plan: a file of tasks that need each other',
    load: () => import('../commands/plan-submit.ts'),
  },
  {
    path: ['plan', 'list'],
    summary: 'list plans: those that run first, then those that ended last',
    load: () => import('../commands/plan-list.ts'),
  },
  {
    path: ['plan', 'show'],
    args: '<id>',
    summary: 'draw the graph of a plan, with the states of its tasks',
    load: () => import('../commands/plan-show.ts'),
  },
  {
    path: ['plan', 'watch'],
    args: '<id>',
    summary: 'follow a plan live until it ends',
    load: () => import('../commands/plan-watch.ts'),
  },
  {
    path: ['plan', 'cancel'],
    args: '<id>',
    summary: 'cancel a plan and all its tasks',
    load: () => import('../commands/plan-cancel.ts'),
  },
  {
    path: ['plan', 'retry'],
    args: '<id>',
    summary: 'run again what of a plan failed or was skipped',
    load: () => import('../commands/plan-retry.ts'),
  },
];
