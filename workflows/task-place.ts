import { CancellationScope, getExternalWorkflowHandle, proxyLocalActivities } from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities.ts';
import type { TaskView } from '../schemas/task-view.ts';
import { releaseLimit } from './messages.ts';
import { limitWorkflowId } from './rules.ts';

const { acquirePlace } = proxyLocalActivities<ControlActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', maximumInterval: '1m' },
  localRetryThreshold: '1s',
});

/** A place that was waited for is given up again when nobody has taken the task by then. */
const UNUSED_MS = 60_000;

/** A task's place among those of its key, of which only so many may run at once. Without a limit there is always one. */
export class Place {
  readonly #view: TaskView;
  #has = false;
  #asked: boolean;
  #until: number | undefined;

  constructor(view: TaskView) {
    this.#view = view;
    // A run that goes on may stand in line already.
    this.#asked = view.limitedSince !== null;
  }

  get isHeld(): boolean {
    return this.#has || this.#view.limit === null;
  }

  /** When a place that came to the task in line is given up, in epoch milliseconds. */
  get until(): number | undefined {
    return this.#until;
  }

  /** Asks for one. @returns whether it was given; if not the task stands in line. */
  async take(): Promise<boolean> {
    const { limit, id: taskId, workflowId, runId, submittedAt } = this.#view;
    if (limit === null || this.#has) return true;
    this.#asked = true;
    const asker = { taskId, workflowId, runId, max: limit.max, since: Date.parse(submittedAt) };
    const { granted } = await acquirePlace({ key: limit.key, asker });
    if (granted) {
      this.#has = true;
      // Its place in the line may have been given up while the answer was under way.
      this.#asked = true;
    }
    return this.#has;
  }

  /** It came to the task in line; `now` in epoch milliseconds. */
  given(key: string, now: number): void {
    if (key !== this.#view.limit?.key || !this.#asked) return;
    this.#has = true;
    this.#until = now + UNUSED_MS;
  }

  /** Gives it up, or the task's place in the line. */
  async giveBack(): Promise<void> {
    const { limit, workflowId } = this.#view;
    if (limit === null || !this.#asked) return;
    this.#has = false;
    this.#asked = false;
    this.#until = undefined;
    // When nobody counts any more nothing is to be given back.
    await CancellationScope.nonCancellable(() =>
      getExternalWorkflowHandle(limitWorkflowId(limit.key))
        .signal(releaseLimit, { workflowId })
        .catch(() => undefined),
    );
  }
}
