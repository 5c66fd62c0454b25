import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { planIdOf, planWorkflowId, taskIdOf, taskWorkflowId } from '../schemas/names.ts';
import { ColibriError } from './errors.ts';
import { nearestHint } from './nearest-hint.ts';

/** Where the workflow of a task or a plan is, whichever way it was started. */
export interface FoundWorkflow {
  id: string;
  workflowId: string;
  description: WorkflowExecutionDescription;
}

const KINDS = {
  task: { workflowIdOf: taskWorkflowId, idOf: taskIdOf },
  plan: { workflowIdOf: planWorkflowId, idOf: planIdOf },
};

/** How many recent ids are looked through for the nearest to a misspelt one. */
const NEAREST_AMONG = 500;

/** Finds a task by its id, or by the workflow id it was started with. Throws `not-found` naming the nearest ids. */
export function findTask(client: Client, id: string): Promise<FoundWorkflow> {
  return find(client, 'task', id);
}

/** Finds a plan, likewise. */
export function findPlan(client: Client, id: string): Promise<FoundWorkflow> {
  return find(client, 'plan', id);
}

async function find(client: Client, type: keyof typeof KINDS, id: string): Promise<FoundWorkflow> {
  const { workflowIdOf, idOf } = KINDS[type];
  for (const workflowId of id === '' ? [] : [workflowIdOf(id), id]) {
    try {
      const description = await client.workflow.getHandle(workflowId).describe();
      if (description.type === type) return { id: idOf(workflowId), workflowId, description };
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({
    query: `WorkflowType = '${type}'`,
    pageSize: NEAREST_AMONG,
  })) {
    ids.push(idOf(workflowId));
    if (ids.length >= NEAREST_AMONG) break;
  }
  throw new ColibriError(
    'not-found',
    `there is no ${type} "${id}"`,
    nearestHint(id, ids, `see \`colibri ${type} list\``),
  );
}
