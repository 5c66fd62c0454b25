import { ActivityFailure, CancellationScope, condition, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities.ts';

/** A presence never ends by itself. */
const PRESENCE_LIMIT = '3650 days';

/**
 * Holds an agent's presence until it times out, or `replaced` says that it is wanted no more. Nobody runs the activity: the
 * agent's client heartbeats it by its id, which writes no history.
 */
export async function holdAgentPresence(
  { name, activityId, timeoutMs }: { name: string; activityId: string; timeoutMs: number },
  replaced: () => boolean,
): Promise<'replaced' | 'silent'> {
  const { agentPresence } = proxyActivities<Pick<ControlActivities, 'agentPresence'>>({
    activityId,
    heartbeatTimeout: timeoutMs,
    startToCloseTimeout: PRESENCE_LIMIT,
    // Each loss must be heard of, so Temporal is not to retry it.
    retry: { maximumAttempts: 1 },
    cancellationType: 'TRY_CANCEL',
    summary: `presence of ${name}`,
  });
  const scope = new CancellationScope();
  const held = scope.run(async (): Promise<'replaced' | 'silent'> => {
    try {
      await agentPresence({ name });
      return 'silent';
    } catch (error) {
      if (isCancellation(error)) return 'replaced';
      if (error instanceof ActivityFailure) return 'silent';
      throw error;
    }
  });
  const outcome = await Promise.race([held, condition(replaced).then(() => 'replaced' as const)]);
  if (outcome === 'replaced') scope.cancel();
  return outcome;
}
