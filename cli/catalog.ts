import type { Command } from 'commander';

/** One command: where it stands, what a list of commands says of it, and the module that knows the rest. */
export interface CatalogEntry {
  path: readonly [string] | readonly [string, string];
  /** Arguments, as commander writes them. */
  args?: string;
  summary: string;
  /** Loaded only for the command that is run, so that the others cost nothing. */
  load: () => Promise<{ define: (command: Command) => void }>;
}

export const GROUPS: Readonly<Record<string, string>> = {
  task: 'submit tasks, look at them, follow and cancel them',
  plan: 'tasks that need each other: submit, look at, cancel and retry them',
  schedule: 'tasks that are started again and again, by the clock',
  host: 'the hosts of the fleet and what they can do',
  skill: 'the skills that tasks may name: register, look at and remove them',
  agent: 'agents outside, which take tasks from the board',
  worker: 'run a worker, for services',
};

export const CATALOG: readonly CatalogEntry[] = [
  {
    path: ['dev'],
    summary: 'run everything in this terminal: server, control worker and this host',
    load: () => import('./commands/dev.ts'),
  },
  {
    path: ['demo'],
    summary: 'show how it works, with a fleet of three hosts',
    load: () => import('./commands/demo.ts'),
  },
  {
    path: ['status'],
    summary: 'server, workers, hosts and tasks at a glance',
    load: () => import('./commands/status.ts'),
  },
  {
    path: ['doctor'],
    summary: 'check each thing that is needed, and say how to mend it',
    load: () => import('./commands/doctor.ts'),
  },
  {
    path: ['config'],
    summary: 'print the settings that hold, and where each comes from',
    load: () => import('./commands/config.ts'),
  },
  {
    path: ['onboard'],
    args: '[address]',
    summary: 'make this machine a host of the fleet at an address',
    load: () => import('./commands/onboard.ts'),
  },
  {
    path: ['offboard'],
    summary: 'take this machine out of its fleet and remove what onboarding made',
    load: () => import('./commands/offboard.ts'),
  },
  { path: ['server'], summary: 'run the embedded Temporal server', load: () => import('./commands/server.ts') },
  {
    path: ['worker', 'control'],
    summary: 'run the worker that keeps tasks and fleet (one for all)',
    load: () => import('./commands/worker-control.ts'),
  },
  {
    path: ['worker', 'host'],
    summary: 'run the worker of this host, which runs agents',
    load: () => import('./commands/worker-host.ts'),
  },
  {
    path: ['task', 'submit'],
    args: '[command...]',
    summary: 'submit a task: a command, and the tags that a host needs to run it',
    load: () => import('./commands/task-submit.ts'),
  },
  {
    path: ['task', 'intake'],
    args: '[file]',
    summary: 'submit many tasks from a file or stdin: JSON, JSON lines, YAML or a Markdown list',
    load: () => import('./commands/task-intake.ts'),
  },
  {
    path: ['task', 'list'],
    summary: 'list tasks: open ones first, then those that ended last',
    load: () => import('./commands/task-list.ts'),
  },
  {
    path: ['task', 'show'],
    args: '<id>',
    summary: 'show all that is known of a task',
    load: () => import('./commands/task-show.ts'),
  },
  {
    path: ['task', 'why'],
    args: '<id>',
    summary: 'say why a task waits, tag by tag and host by host',
    load: () => import('./commands/task-why.ts'),
  },
  {
    path: ['task', 'logs'],
    args: '<id>',
    summary: 'print the output of a task',
    load: () => import('./commands/task-logs.ts'),
  },
  {
    path: ['task', 'watch'],
    args: '<id>',
    summary: 'follow a task live until it ends',
    load: () => import('./commands/task-watch.ts'),
  },
  {
    path: ['task', 'cancel'],
    args: '<id>',
    summary: 'cancel a task and end its agent',
    load: () => import('./commands/task-cancel.ts'),
  },
  {
    path: ['task', 'claim'],
    args: '<id>',
    summary: 'take a task for an agent, which keeps it by its heartbeats',
    load: () => import('./commands/task-claim.ts'),
  },
  {
    path: ['task', 'next'],
    summary: 'take the next task that the agent can do',
    load: () => import('./commands/task-next.ts'),
  },
  {
    path: ['task', 'progress'],
    args: '<id> <text>',
    summary: 'say how far a task has come',
    load: () => import('./commands/task-progress.ts'),
  },
  {
    path: ['task', 'transition'],
    args: '<id> <state>',
    summary: 'move a task to another state',
    load: () => import('./commands/task-transition.ts'),
  },
  {
    path: ['task', 'answer'],
    args: '<id> <text>',
    summary: 'answer the question of a blocked task',
    load: () => import('./commands/task-answer.ts'),
  },
  {
    path: ['task', 'handoff'],
    args: '<id>',
    summary: 'pass a task on to an agent, or to whoever has other tags',
    load: () => import('./commands/task-handoff.ts'),
  },
  {
    path: ['task', 'retry'],
    args: '<id>',
    summary: 'try a task anew that has failed, was cancelled or rests',
    load: () => import('./commands/task-retry.ts'),
  },
  {
    path: ['plan', 'submit'],
    args: '<file>',
    summary: 'submit a plan: a file of tasks that need each other',
    load: () => import('./commands/plan-submit.ts'),
  },
  {
    path: ['plan', 'list'],
    summary: 'list plans: those that run first, then those that ended last',
    load: () => import('./commands/plan-list.ts'),
  },
  {
    path: ['plan', 'show'],
    args: '<id>',
    summary: 'draw the graph of a plan, with the states of its tasks',
    load: () => import('./commands/plan-show.ts'),
  },
  {
    path: ['plan', 'watch'],
    args: '<id>',
    summary: 'follow a plan live until it ends',
    load: () => import('./commands/plan-watch.ts'),
  },
  {
    path: ['plan', 'cancel'],
    args: '<id>',
    summary: 'cancel a plan and all its tasks',
    load: () => import('./commands/plan-cancel.ts'),
  },
  {
    path: ['plan', 'retry'],
    args: '<id>',
    summary: 'run again what of a plan failed or was skipped',
    load: () => import('./commands/plan-retry.ts'),
  },
  {
    path: ['schedule', 'create'],
    args: '<name> [command...]',
    summary: 'start a task again and again, by the clock',
    load: () => import('./commands/schedule-create.ts'),
  },
  {
    path: ['schedule', 'list'],
    summary: 'list schedules',
    load: () => import('./commands/schedule-list.ts'),
  },
  {
    path: ['schedule', 'show'],
    args: '<name>',
    summary: 'show a schedule: its next times and its last tasks',
    load: () => import('./commands/schedule-show.ts'),
  },
  {
    path: ['schedule', 'pause'],
    args: '<name>',
    summary: 'start nothing more until it is resumed',
    load: () => import('./commands/schedule-pause.ts'),
  },
  {
    path: ['schedule', 'resume'],
    args: '<name>',
    summary: 'let a paused schedule go on',
    load: () => import('./commands/schedule-resume.ts'),
  },
  {
    path: ['schedule', 'trigger'],
    args: '<name>',
    summary: 'start its task now',
    load: () => import('./commands/schedule-trigger.ts'),
  },
  {
    path: ['schedule', 'delete'],
    args: '<name>',
    summary: 'delete a schedule; tasks that it has started go on',
    load: () => import('./commands/schedule-delete.ts'),
  },
  { path: ['host', 'list'], summary: 'list the hosts of the fleet', load: () => import('./commands/host-list.ts') },
  {
    path: ['host', 'show'],
    args: '<name>',
    summary: 'show one host: tags, how each is known, running tasks',
    load: () => import('./commands/host-show.ts'),
  },
  {
    path: ['host', 'matrix'],
    summary: 'print which host can do what',
    load: () => import('./commands/host-matrix.ts'),
  },
  {
    path: ['host', 'probe'],
    args: '[name]',
    summary: 'probe what this machine, or a host of the fleet, can do',
    load: () => import('./commands/host-probe.ts'),
  },
  {
    path: ['host', 'drain'],
    args: '<name>',
    summary: 'let a host finish what it has and take nothing new',
    load: () => import('./commands/host-drain.ts'),
  },
  {
    path: ['host', 'resume'],
    args: '<name>',
    summary: 'let a draining host take tasks again',
    load: () => import('./commands/host-resume.ts'),
  },
  {
    path: ['host', 'invite'],
    summary: 'make a code by which a new machine may join the fleet',
    load: () => import('./commands/host-invite.ts'),
  },
  {
    path: ['host', 'invites'],
    summary: 'list the invitations, or revoke one',
    load: () => import('./commands/host-invites.ts'),
  },
  {
    path: ['skill', 'register'],
    args: '<dir>',
    summary: 'register the skill in a folder for every host, in place of one of its name',
    load: () => import('./commands/skill-register.ts'),
  },
  {
    path: ['skill', 'list'],
    summary: 'list the skills that tasks may name',
    load: () => import('./commands/skill-list.ts'),
  },
  {
    path: ['skill', 'show'],
    args: '<name>',
    summary: 'show one skill: what it is for, what it requires, its files',
    load: () => import('./commands/skill-show.ts'),
  },
  {
    path: ['skill', 'remove'],
    args: '<name>',
    summary: 'remove a registered skill; tasks that have begun with it keep it',
    load: () => import('./commands/skill-remove.ts'),
  },
  {
    path: ['host', 'expect'],
    args: '<name>',
    summary: 'announce a host that is to join, so that its absence shows',
    load: () => import('./commands/host-expect.ts'),
  },
  {
    path: ['host', 'forget'],
    args: '<name>',
    summary: 'take a host off the fleet that is offline or never came',
    load: () => import('./commands/host-forget.ts'),
  },
  {
    path: ['host', 'diff'],
    args: '[file]',
    summary: 'say what changed in the fleet since a matrix was saved',
    load: () => import('./commands/host-diff.ts'),
  },
  {
    path: ['agent', 'register'],
    args: '<name>',
    summary: 'register an agent that takes tasks from the board, and give it its token',
    load: () => import('./commands/agent-register.ts'),
  },
  {
    path: ['agent', 'list'],
    summary: 'list the agents outside',
    load: () => import('./commands/agent-list.ts'),
  },
  {
    path: ['agent', 'show'],
    args: '<name>',
    summary: 'show one agent: state, tags, the tasks that it holds',
    load: () => import('./commands/agent-show.ts'),
  },
  {
    path: ['agent', 'heartbeat'],
    args: '<name>',
    summary: 'say that an agent is at work, which keeps its claims',
    load: () => import('./commands/agent-heartbeat.ts'),
  },
  {
    path: ['agent', 'status'],
    args: '<name> <status>',
    summary: 'say that an agent is idle, busy or away',
    load: () => import('./commands/agent-status.ts'),
  },
  {
    path: ['agent', 'unregister'],
    args: '<name>',
    summary: 'end the registration of an agent and give its claims back',
    load: () => import('./commands/agent-unregister.ts'),
  },
  {
    path: ['agent', 'token'],
    args: '<name>',
    summary: 'give an agent a new token in place of its old one',
    load: () => import('./commands/agent-token.ts'),
  },
];

/** The entry that the words of a command line name. */
export function findEntry(words: readonly string[]): CatalogEntry | undefined {
  return CATALOG.find(({ path }) => path.every((word, at) => words[at] === word));
}
