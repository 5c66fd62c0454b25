import type { CatalogEntry } from './entry.ts';

export const SKILL_COMMANDS: readonly CatalogEntry[] = [
  {
    path: ['skill', 'register'],
    args: '<dir>',
    summary: 'register the skill in a folder for every host, in place of one of its name',
    load: () => import('../commands/skill-register.ts'),
  },
  {
    path: ['skill', 'list'],
    summary: 'list the skills that tasks may name',
    load: () => import('../commands/skill-list.ts'),
  },
  {
    path: ['skill', 'show'],
    args: '<name>',
    summary: 'show one skill: what it is for, what it requires, its files',
    load: () => import('../commands/skill-show.ts'),
  },
  {
    path: ['skill', 'remove'],
    args: '<name>',
    summary: 'remove a registered skill; tasks that have begun with it keep it',
    load: () => import('../commands/skill-remove.ts'),
  },
];
