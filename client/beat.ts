import type { Client } from '@temporalio/client';
import { isNotFound } from './grpc-error.ts';
import { asPayloads } from './payloads.ts';

/** An activity that the control worker left open, for whoever it stands for to heartbeat it by its id. */
export interface HeldActivity {
  workflowId: string;
  runId?: string;
  activityId: string;
}

/** `cancelled`: it is heard, and asked to end. `absent`: it was not started yet, or is over. */
export type Heard = 'ok' | 'cancelled' | 'absent';

/** Heartbeats an activity. By the raw call: the SDK's own keeps from its caller what the server answered. */
export async function beat(client: Client, activity: HeldActivity, details: unknown): Promise<Heard> {
  const { namespace } = client.options;
  const request = { ...activity, namespace, details: await asPayloads(client, details) };
  try {
    const answer = await client.workflowService.recordActivityTaskHeartbeatById(request);
    return answer.cancelRequested ? 'cancelled' : 'ok';
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return 'absent';
  }
}
