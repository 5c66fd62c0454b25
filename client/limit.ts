import { type Client, QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import { type LimitAsker, LimitView } from '../schemas/limit.ts';
import { limitWorkflowId } from '../schemas/names.ts';
import { limitView } from '../workflows/messages.ts';
import { askWorkflow } from './ask.ts';

/** How a task stands among those that share its limit's key. */
export interface PlaceInLine {
  key: string;
  max: number;
  /** Ids of the tasks that have a place. */
  holders: string[];
  /** How many wait for one. */
  waiting: number;
  /** Of this task in the line, from 1; null while it has a place, or has not asked for one. */
  position: number | null;
}

/** Who has the places of a key, and where in the line the task is. */
export async function readPlace(
  client: Client,
  workflowId: string,
  { key, max }: { key: string; max: number },
): Promise<PlaceInLine> {
  const { holders, waiting } = await readLimit(client, key);
  const at = waiting.findIndex((asker) => asker.workflowId === workflowId);
  return {
    ...{ key, max, holders: holders.map(({ taskId }) => taskId), waiting: waiting.length },
    position: at === -1 ? null : at + 1,
  };
}

/** What counts a key lives while somebody wants a place: when there is none, nobody does. */
async function readLimit(client: Client, key: string): Promise<{ holders: LimitAsker[]; waiting: LimitAsker[] }> {
  try {
    const handle = client.workflow.getHandle(limitWorkflowId(key));
    const { status } = await handle.describe();
    if (status.name !== 'RUNNING') return { holders: [], waiting: [] };
    return LimitView.parse(await askWorkflow(() => handle.query(limitView)));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || error instanceof QueryNotRegisteredError) {
      return { holders: [], waiting: [] };
    }
    throw error;
  }
}
