import { setCurrentDetails } from '@temporalio/workflow';
import {
  ColibriAgent,
  ColibriHost,
  ColibriProject,
  ColibriRequires,
  ColibriRoute,
  ColibriSkill,
  ColibriState,
  fitKeywords,
} from '../schemas/search-attributes.ts';
import { skillKey } from './rules.ts';
import { taskDetails } from './task-details.ts';
import type { TaskRecord } from './task-record.ts';
import { upsertChanged } from './upsert-changed.ts';

/** Shows lists and Temporal's Web UI how the task stands. */
export function publish({ view }: TaskRecord): void {
  // What was handed to one agent is that agent's, though it holds it not yet.
  const agent = view.assignedTo ?? view.agent;
  setCurrentDetails(taskDetails(view));
  upsertChanged([
    { key: ColibriState, value: view.state },
    ...(view.host === null ? [] : [{ key: ColibriHost, value: view.host }]),
    ...(agent === null ? [] : [{ key: ColibriAgent, value: agent }]),
  ]);
}

/** The same of a task that waits on a route. */
export function publishWaiting({ view }: TaskRecord): void {
  setCurrentDetails(taskDetails(view));
  upsertChanged([
    { key: ColibriState, value: view.state },
    { key: ColibriRoute, value: view.route ?? '' },
    { key: ColibriRequires, value: fitKeywords(view.requires) },
    ...(view.project === null ? [] : [{ key: ColibriProject, value: view.project }]),
    ...(view.skill && view.skillPin?.digest
      ? [{ key: ColibriSkill, value: skillKey({ name: view.skill, digest: view.skillPin.digest }) }]
      : []),
  ]);
}
