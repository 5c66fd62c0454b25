import { CompleteAsyncError, Context } from '@temporalio/activity';
import {
  ApplicationFailure,
  type Client,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { verifySignature } from '../client/join-code.ts';
import { SkillDirectory } from '../client/skill-directory.ts';
import { fairnessOf } from '../schemas/fairness.ts';
import { FLEET_QUEUE, limitWorkflowId } from '../schemas/names.ts';
import { widen } from '../schemas/serving.ts';
import { TagSet } from '../schemas/tags.ts';
import type { Skill } from '../workers/skills.ts';
import { TOO_MANY_ROUTES } from '../workflows/fleet-routes.ts';
import { acquireLimit, fleetAsks, taskView } from '../workflows/messages.ts';
import { awaitTasks } from './await-tasks.ts';
import type { ControlActivities } from './control-activities.ts';
import type { FleetGateway } from './fleet-gateway.ts';
import { invalid } from './invalid.ts';
import { pinSkill } from './pin-skill.ts';
import { routesInUse } from './routes-in-use.ts';
import { skillActivities } from './skill-activities.ts';

export interface ControlDeps {
  client: Client;
  fleet: FleetGateway;
  /** Those that come with Colibri. */
  skills: ReadonlyMap<string, Skill>;
  /** Lease of tasks for which no capable host is known yet. */
  defaultLeaseMs: number;
  /** Of projects, or of who submits: their share when several wait for the same hosts. Default: 1. */
  weights?: Readonly<Record<string, number>>;
}

/** The control worker's activities, given what they need. */
export function createActivities(deps: ControlDeps): ControlActivities {
  const { client, fleet, skills, defaultLeaseMs, weights = {} } = deps;
  const directory = new SkillDirectory(client, async () => skills);
  return {
    async findRoute({ skill, skillPin, skillKey, bare, alternatives, open, prefers, host, shunned, ...asked }) {
      const pin = skill === null ? null : (skillPin ?? (await pinSkill(directory, { name: skill, skillKey, bare })));
      const own = pin?.requires ?? [];
      const unionOf = (tags: readonly string[]) => {
        const union = TagSet.safeParse([...tags, ...own]);
        if (union.success) return union.data;
        throw invalid(`requires, with those of the skill "${skill}": ${union.error.issues[0]?.message}`);
      };
      const requires = unionOf(asked.requires);
      const sets = [requires, ...alternatives.map(unionOf)];
      const demand = { tags: requires, or: widen(requires, sets.slice(1, 1 + open)), host };
      const found = await fleet.route(demand).catch(refusedAsInvalid);
      return {
        ...found,
        requires,
        or: demand.or,
        sets,
        leaseMs: found.leaseMs ?? defaultLeaseMs,
        first: prefers.length === 0 || host !== null ? [] : await fleet.choices(demand, prefers, shunned),
        fairness: fairnessOf(asked, weights),
        skillPin: pin,
      };
    },

    async acquirePlace({ key, asker }) {
      return client.workflow.executeUpdateWithStart(acquireLimit, {
        args: [asker],
        startWorkflowOperation: new WithStartWorkflowOperation('limit', {
          workflowId: limitWorkflowId(key),
          taskQueue: FLEET_QUEUE,
          args: [{ key, holders: [], waiting: [] }],
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: `limit ${key}`,
        }),
      });
    },

    async holdClaim() {
      throw new CompleteAsyncError();
    },

    async agentPresence() {
      throw new CompleteAsyncError();
    },

    async stillOpen({ workflowIds }) {
      const open = await Promise.all(
        workflowIds.map(async (workflowId) => {
          const described = await client.workflow.getHandle(workflowId).describe().catch(ifGone(null));
          return described?.status.name === 'RUNNING' ? [workflowId] : [];
        }),
      );
      return open.flat();
    },

    ...skillActivities(client),

    startFleet: () => fleet.start(),

    async askHosts() {
      const hosts = client.workflow.list({ query: "WorkflowType = 'host' AND ExecutionStatus = 'Running'" });
      for await (const { workflowId } of hosts) {
        Context.current().heartbeat();
        await client.workflow.getHandle(workflowId).signal(fleetAsks).catch(ifGone(undefined));
      }
    },

    routesInUse: ({ since }) => routesInUse(client, since),

    awaitTasks: ({ tasks }) => awaitTasks(client, tasks),

    async openTasks({ queue }) {
      const { count } = await client.workflow.count(
        `WorkflowType = 'task' AND ExecutionStatus = 'Running' AND ColibriRoute = '${queue}'`,
      );
      return count;
    },

    verifySignature: async (input) => verifySignature(input),

    async sessionAlive({ workflowId, runId, attempt }) {
      const described = await client.workflow.getHandle(workflowId, runId).describe().catch(ifGone(null));
      if (described?.status.name !== 'RUNNING') return false;
      const view = await client.workflow.getHandle(workflowId, runId).query(taskView);
      return view.attempt <= attempt;
    },
  };
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
