import { ApplicationFailure, type Client } from '@temporalio/client';
import { nearest } from '../schemas/nearest.ts';
import { TagSet } from '../schemas/tags.ts';
import type { Skill } from '../workers/skills.ts';
import { taskView } from '../workflows/messages.ts';
import type { ControlActivities } from './control-activities.ts';
import type { FleetGateway } from './fleet-gateway.ts';

export interface ControlDeps {
  client: Client;
  fleet: FleetGateway;
  skills: ReadonlyMap<string, Skill>;
  /** Lease of tasks for which no capable host is known yet. */
  defaultLeaseMs: number;
}

/** The control worker's activities, given what they need. */
export function createActivities(deps: ControlDeps): ControlActivities {
  const { client, fleet, skills, defaultLeaseMs } = deps;
  return {
    async findRoute({ requires, skill }) {
      const union = TagSet.parse([...requires, ...(skill === null ? [] : requiredBy(skill))]);
      const route = await fleet.route(union);
      return { ...route, requires: union, leaseMs: route.leaseMs ?? defaultLeaseMs };
    },

    async openTasks({ queue }) {
      const { count } = await client.workflow.count(
        `WorkflowType = 'task' AND ExecutionStatus = 'Running' AND ColibriRoute = '${queue}'`,
      );
      return count;
    },

    async sessionAlive({ workflowId, runId, attempt }) {
      const described = await client.workflow.getHandle(workflowId, runId).describe();
      if (described.status.name !== 'RUNNING') return false;
      const view = await client.workflow.getHandle(workflowId, runId).query(taskView);
      return view.attempt <= attempt;
    },
  };

  function requiredBy(name: string): string[] {
    const skill = skills.get(name);
    if (skill) return skill.requires;
    const near = nearest(name, skills.keys());
    const hint =
      near.length > 0 ? `did you mean ${near.join(' or ')}?` : `known: ${[...skills.keys()].join(', ') || 'none'}`;
    throw ApplicationFailure.create({
      type: 'invalid',
      message: `the task is not valid: skill: there is no skill "${name}"; ${hint}`,
      nonRetryable: true,
    });
  }
}
