import {
  ActivityFailure,
  CancellationScope,
  getExternalWorkflowHandle,
  proxyActivities,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities.ts';
import type { ClaimRequest, TaskTaken } from '../schemas/task-requests.ts';
import { taskLetGo, taskTaken } from './messages.ts';
import { NO_LIMIT_MS } from './offer.ts';
import { agentWorkflowId } from './rules.ts';

/** How an agent outside lost a task without saying so. */
export type Loss = 'silent' | 'timeout' | 'completed' | 'failed';

/**
 * The hold of an agent outside on a task. It is an activity that nobody runs: the control worker starts it and leaves it
 * open, the agent heartbeats it by its id, and Temporal's heartbeat time-out is the lease.
 */
export class OutsideClaim {
  readonly claim: ClaimRequest;
  readonly taken: TaskTaken;
  readonly #scope = new CancellationScope();
  #loss: Loss | undefined;

  constructor(claim: ClaimRequest, taken: TaskTaken, limits: { timeoutMs: number | null; name: string }) {
    this.claim = claim;
    this.taken = taken;
    const { holdClaim } = proxyActivities<ControlActivities>({
      activityId: taken.activityId,
      summary: limits.name,
      heartbeatTimeout: claim.timeoutMs,
      startToCloseTimeout: limits.timeoutMs ?? NO_LIMIT_MS,
      // A loss must be heard of; the task decides what follows.
      retry: { maximumAttempts: 1 },
      cancellationType: 'TRY_CANCEL',
    });
    this.#scope
      .run(() => holdClaim({ agent: claim.agent }))
      .then(
        () => this.#lose('completed'),
        (error: unknown) => this.#lose(lossOf(error)),
      );
  }

  /** Undefined while it is held. */
  get loss(): Loss | undefined {
    return this.#loss;
  }

  /** Tells the agent's workflow what it has to heartbeat. */
  async tellTaken(): Promise<void> {
    await this.#tell((agent) => agent.signal(taskTaken, this.taken));
  }

  /** Ends the hold. `why`: how the agent lost it, told with its next heartbeat; undefined when it let go itself. */
  async letGo(why?: string): Promise<void> {
    this.#scope.cancel();
    const { workflowId, attempt } = this.taken;
    const letGo = { workflowId, attempt, lost: why !== undefined, reason: why ?? '' };
    await CancellationScope.nonCancellable(() => this.#tell((agent) => agent.signal(taskLetGo, letGo)));
  }

  /** An agent that is not registered any more need not be told. */
  async #tell(send: (agent: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>): Promise<void> {
    await send(getExternalWorkflowHandle(agentWorkflowId(this.claim.agent))).catch(() => undefined);
  }

  #lose(loss: Loss): void {
    this.#loss ??= loss;
  }
}

function lossOf(error: unknown): Loss {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof TimeoutFailure)) return 'failed';
  return cause.timeoutType === 'HEARTBEAT' ? 'silent' : 'timeout';
}
