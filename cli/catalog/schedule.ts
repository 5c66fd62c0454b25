import type { CatalogEntry } from './entry.ts';

export const SCHEDULE_COMMANDS: readonly CatalogEntry[] = [
  {
    path: ['schedule', 'create'],
    args: '<name> [command...]',
    summary: 'start a task again and again, by the clock',
    load: () => import('../commands/schedule-create.ts'),
  },
  {
    path: ['schedule', 'list'],
    summary: 'list schedules',
    load: () => import('../commands/schedule-list.ts'),
  },
  {
    path: ['schedule', 'show'],
    args: '<name>',
    summary: 'show a schedule: its next times and its last tasks',
    load: () => import('../commands/schedule-show.ts'),
  },
  {
    path: ['schedule', 'pause'],
    args: '<name>',
    summary: 'start nothing more until it is resumed',
    load: () => import('../commands/schedule-pause.ts'),
  },
  {
    path: ['schedule', 'resume'],
    args: '<name>',
    summary: 'let a paused schedule go on',
    load: () => import('../commands/schedule-resume.ts'),
  },
  {
    path: ['schedule', 'trigger'],
    args: '<name>',
    summary: 'start its task now',
    load: () => import('../commands/schedule-trigger.ts'),
  },
  {
    path: ['schedule', 'delete'],
    args: '<name>',
    summary: 'delete a schedule; tasks that it has started go on',
    load: () => import('../commands/schedule-delete.ts'),
  },
];
