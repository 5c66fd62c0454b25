import type { CatalogEntry } from './entry.ts';

export const AGENT_COMMANDS: readonly CatalogEntry[] = [
  {
    path: ['agent', 'register'],
    args: '<name>',
    summary: 'register an agent that takes tasks from the board, and give it its token',
    load: () => import('../commands/agent-register.ts'),
  },
  {
    path: ['agent', 'list'],
    summary: 'list the agents outside',
    load: () => import('../commands/agent-list.ts'),
  },
  {
    path: ['agent', 'show'],
    args: '<name>',
    summary: 'show one agent: state, tags, the tasks that it holds',
    load: () => import('../commands/agent-show.ts'),
  },
  {
    path: ['agent', 'heartbeat'],
    args: '<name>',
    summary: 'say that an agent is at work, which keeps its claims',
    load: () => import('../commands/agent-heartbeat.ts'),
  },
  {
    path: ['agent', 'status'],
    args: '<name> <status>',
    summary: 'say that an agent is idle, busy or away',
    load: () => import('../commands/agent-status.ts'),
  },
  {
    path: ['agent', 'unregister'],
    args: '<name>',
    summary: 'end the registration of an agent and give its claims back',
    load: () => import('../commands/agent-unregister.ts'),
  },
  {
    path: ['agent', 'token'],
    args: '<name>',
    summary: 'give an agent a new token in place of its old one',
    load: () => import('../commands/agent-token.ts'),
  },
];
