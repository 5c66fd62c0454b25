import type { CatalogEntry } from './entry.ts';

export const TASK_COMMANDS: readonly CatalogEntry[] = [
  {
    path: ['task', 'submit'],
    args: '[command...]',
    summary: 'submit a task: a command, and the tags that a host needs to run it',
    load: () => import('../commands/task-submit.ts'),
  },
  {
    path: ['task', 'intake'],
    args: '[file]',
    summary: 'submit many tasks from a file or stdin: JSON, JSON lines, YAML or a Markdown list',
    load: () => import('../commands/task-intake.ts'),
  },
  {
    path: ['task', 'list'],
    summary: 'list tasks: open ones first, then those that ended last',
    load: () => import('../commands/task-list.ts'),
  },
  {
    path: ['task', 'show'],
    args: '<id>',
    summary: 'show all that is known of a task',
    load: () => import('../commands/task-show.ts'),
  },
  {
    path: ['task', 'why'],
    args: '<id>',
    summary: 'say why a task waits, tag by tag and host by host',
    load: () => import('../commands/task-why.ts'),
  },
  {
    path: ['task', 'logs'],
    args: '<id>',
    summary: 'print the output of a task',
    load: () => import('../commands/task-logs.ts'),
  },
  {
    path: ['task', 'watch'],
    args: '<id>',
    summary: 'follow a task live until it ends',
    load: () => import('../commands/task-watch.ts'),
  },
  {
    path: ['task', 'cancel'],
    args: '<id>',
    summary: 'cancel a task and end its agent',
    load: () => import('../commands/task-cancel.ts'),
  },
  {
    path: ['task', 'claim'],
    args: '<id>',
    summary: 'take a task for an agent, which keeps it by its heartbeats',
    load: () => import('../commands/task-claim.ts'),
  },
  {
    path: ['task', 'next'],
    summary: 'take the next task that the agent can do',
    load: () => import('../commands/task-next.ts'),
  },
  {
    path: ['task', 'progress'],
    args: '<id> <text>',
    summary: 'say how far a task has come',
    load: () => import('../commands/task-progress.ts'),
  },
  {
    path: ['task', 'transition'],
    args: '<id> <state>',
    summary: 'move a task to another state',
    load: () => import('../commands/task-transition.ts'),
  },
  {
    path: ['task', 'answer'],
    args: '<id> <text>',
    summary: 'answer the question of a blocked task',
    load: () => import('../commands/task-answer.ts'),
  },
  {
    path: ['task', 'handoff'],
    args: '<id>',
    summary: 'pass a task on to an agent, or to whoever has other tags',
    load: () => import('../commands/task-handoff.ts'),
  },
  {
    path: ['task', 'retry'],
    args: '<id>',
    summary: 'try a task anew that has failed, was cancelled or rests',
    load: () => import('../commands/task-retry.ts'),
  },
];
