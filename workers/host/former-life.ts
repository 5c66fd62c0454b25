import type { ActivityGateway } from './polling/gateway.ts';
import type { PollLog } from './polling/types.ts';
import { type RunRecord, reapLeftovers, removeRecord } from './run-records.ts';

/** The server may be away when a worker starts; then the leases run out by themselves. */
const REPORT_WITHIN_MS = 10_000;

/**
 * What a worker that died left running on this host is ended, and its tasks go back at once instead of when their
 * leases run out. To be called before any task is taken.
 */
export async function giveBackFormerLife(gateway: ActivityGateway, stateDir: string, log: PollLog): Promise<void> {
  const failure = {
    type: 'WorkerRestarted',
    message: `the worker of ${gateway.identity} was restarted`,
    nextRetryDelayMs: 100,
  };
  const giveBack = async ({ task, runId }: RunRecord) => {
    if (task) {
      const settled = await gateway
        .fail(Buffer.from(task.token, 'base64'), failure, REPORT_WITHIN_MS)
        .catch(() => 'not delivered');
      log.info({ task: task.id, attempt: task.attempt, settled }, 'gave back a task of the former life');
    }
    removeRecord(stateDir, runId);
  };
  // All at once: where no server answers, each would wait for as long as the one before it.
  await Promise.all((await reapLeftovers(stateDir, log)).map(giveBack));
}
