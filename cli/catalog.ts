import { AGENT_COMMANDS } from './catalog/agent.ts';
import type { CatalogEntry } from './catalog/entry.ts';
import { HOST_COMMANDS } from './catalog/host.ts';
import { INSTALLATION_COMMANDS } from './catalog/installation.ts';
import { PLAN_COMMANDS } from './catalog/plan.ts';
import { SCHEDULE_COMMANDS } from './catalog/schedule.ts';
import { SKILL_COMMANDS } from './catalog/skill.ts';
import { TASK_COMMANDS } from './catalog/task.ts';

export const GROUPS: Readonly<Record<string, string>> = {
  task: 'submit tasks, look at them, follow and cancel them',
  plan: 'tasks that need each other: submit, look at, cancel and retry them',
  schedule: 'tasks that are started again and again, by the clock',
  host: 'the hosts of the fleet and what they can do',
  skill: 'the skills that tasks may name: register, look at and remove them',
  agent: 'agents outside, which take tasks from the board',
  worker: 'run a worker, for services',
};

/** Every command, in the order in which a list of them tells them. */
export const CATALOG: readonly CatalogEntry[] = [
  ...INSTALLATION_COMMANDS,
  ...TASK_COMMANDS,
  ...PLAN_COMMANDS,
  ...SCHEDULE_COMMANDS,
  ...HOST_COMMANDS,
  ...SKILL_COMMANDS,
  ...AGENT_COMMANDS,
];

/** The entry that the words of a command line name. */
export function findEntry(words: readonly string[]): CatalogEntry | undefined {
  return CATALOG.find(({ path }) => path.every((word, at) => words[at] === word));
}
