import { Context } from '@temporalio/activity';
import { ApplicationFailure, type Client, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { nearest } from '../schemas/nearest.ts';
import { TagSet } from '../schemas/tags.ts';
import type { Skill } from '../workers/skills.ts';
import { TOO_MANY_ROUTES } from '../workflows/fleet-routes.ts';
import { fleetAsks, taskView } from '../workflows/messages.ts';
import type { ControlActivities } from './control-activities.ts';
import type { FleetGateway } from './fleet-gateway.ts';
import { routesInUse } from './routes-in-use.ts';

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
      const union = TagSet.safeParse([...requires, ...(skill === null ? [] : requiredBy(skill))]);
      if (!union.success) {
        throw invalid(`requires, with those of the skill "${skill}": ${union.error.issues[0]?.message}`);
      }
      const route = await fleet.route(union.data).catch(refusedAsInvalid);
      return { ...route, requires: union.data, leaseMs: route.leaseMs ?? defaultLeaseMs };
    },

    startFleet: () => fleet.start(),

    async askHosts() {
      const hosts = client.workflow.list({ query: "WorkflowType = 'host' AND ExecutionStatus = 'Running'" });
      for await (const { workflowId } of hosts) {
        Context.current().heartbeat();
        await client.workflow.getHandle(workflowId).signal(fleetAsks).catch(ifGone(undefined));
      }
    },

    routesInUse: ({ since }) => routesInUse(client, since),

    async openTasks({ queue }) {
      const { count } = await client.workflow.count(
        `WorkflowType = 'task' AND ExecutionStatus = 'Running' AND ColibriRoute = '${queue}'`,
      );
      return count;
    },

    async sessionAlive({ workflowId, runId, attempt }) {
      const described = await client.workflow.getHandle(workflowId, runId).describe().catch(ifGone(null));
      if (described?.status.name !== 'RUNNING') return false;
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
    throw invalid(`skill: there is no skill "${name}"; ${hint}`);
  }
}

function invalid(what: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'invalid',
    message: `the task is not valid: ${what}`,
    nonRetryable: true,
  });
}

/** A route that the fleet has no room for fails its task: to wait for room would be to wait for nobody knows what. */
function refusedAsInvalid(error: unknown): never {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  if (cause instanceof ApplicationFailure && cause.type === TOO_MANY_ROUTES)
    throw invalid(`requires: ${cause.message}`);
  throw error;
}

function ifGone<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof WorkflowNotFoundError) return instead;
    throw error;
  };
}
