import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  ChildWorkflowFailure,
  condition,
  getExternalWorkflowHandle,
  proxyActivities,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { AwaitedTask, ControlActivities } from '../activities/control-activities.ts';
import type { TaskEnd } from '../schemas/plan-state.ts';
import {
  ColibriName,
  ColibriPlan,
  ColibriPriority,
  ColibriProject,
  ColibriRequires,
  ColibriState,
  fitKeywords,
} from '../schemas/search-attributes.ts';
import type { CancelNote } from '../schemas/task.ts';
import { cancelNote } from './messages.ts';
import type { PlanRecord } from './plan-record.ts';
import {
  CONTROL_QUEUE,
  jsonBytes,
  planKeyOf,
  planTaskId,
  readTaskEnd,
  readTaskSpec,
  taskName,
  taskWorkflowId,
} from './rules.ts';
import type { task } from './task.ts';
import { endOfFailure, endOfResult } from './task-end.ts';

/**
 * What starts that the server has not confirmed may be, in number and in bytes: all may stand in one workflow task, which it
 * takes up to 4 MB.
 */
const MAX_STARTING = 100;
const MAX_STARTING_BYTES = 1_500_000;
/** Tasks that one activity awaits: it is scheduled anew, with all of their ids, whenever one of them ends. */
const AWAITED_TOGETHER = 100;

/** Not a local one: it waits for as long as tasks take. */
const { awaitTasks } = proxyActivities<ControlActivities>({
  startToCloseTimeout: '1d',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
});

/**
 * The tasks of a plan as workflows of their own. They are children that outlive the run that started them: of those the
 * next run hears by an activity, since the server tells an end only to the run that started the child.
 */
export class PlanTasks {
  readonly #record: PlanRecord;
  readonly #publish: () => void;
  readonly #key: string;
  #starting = 0;
  #startingBytes = 0;
  #changes = 0;
  #cancel: CancelNote | undefined;

  constructor(record: PlanRecord, publish: () => void) {
    const { workflowId, firstExecutionRunId } = workflowInfo();
    this.#record = record;
    this.#publish = publish;
    this.#key = planKeyOf(workflowId, firstExecutionRunId);
  }

  /** Starts that the server has not confirmed. */
  get starting(): number {
    return this.#starting;
  }

  /** Counts up with whatever may let others start. */
  get changes(): number {
    return this.#changes;
  }

  /** Starts all that can be started and fit. */
  startReady(): void {
    for (const name of this.#record.ready()) {
      const { spec } = this.#record.planned(name);
      const inputs = this.#record.inputs(name);
      const input = Object.keys(inputs).length === 0 ? spec : { ...spec, inputs };
      const bytes = jsonBytes(input);
      const fits = this.#starting < MAX_STARTING && this.#startingBytes + bytes <= MAX_STARTING_BYTES;
      if (this.#starting > 0 && !fits) break;
      void CancellationScope.nonCancellable(() => this.#start(name, input, bytes));
    }
    this.#publish();
  }

  /** Awaits the tasks that an earlier run started. */
  adopt(): void {
    const started = this.#record.started().flatMap(({ name, progress: { workflowId, runId } }): AwaitedTask[] => {
      return workflowId === null || runId === null ? [] : [{ name, workflowId, runId }];
    });
    for (let at = 0; at < started.length; at += AWAITED_TOGETHER) {
      void CancellationScope.nonCancellable(() => this.#await(started.slice(at, at + AWAITED_TOGETHER)));
    }
  }

  /** Asks all that run to end, and those that are being started as soon as they are. */
  askToCancel(note: CancelNote): void {
    this.#cancel = note;
    for (const { progress } of this.#record.started()) {
      if (progress.runId !== null) this.#askOne(progress.workflowId, note);
    }
  }

  /** Cancels all that run; done when their agents have ended. */
  async cancelAll(note: CancelNote): Promise<void> {
    this.askToCancel(note);
    await condition(() => this.#record.isOver);
  }

  async #start(name: string, input: unknown, bytes: number): Promise<void> {
    const workflowId = taskWorkflowId(planTaskId(this.#key, name, this.#record.round));
    this.#record.start(name, workflowId, Date.now());
    this.#starting += 1;
    this.#startingBytes += bytes;
    let ended: Promise<unknown> | undefined;
    try {
      const child = await startChild<typeof task>('task', this.#options(workflowId, input));
      this.#record.running(name, child.firstExecutionRunId);
      if (this.#cancel !== undefined) this.#askOne(workflowId, this.#cancel);
      ended = child.result();
    } catch (error) {
      this.#ended(name, { state: 'failed', summary: whyNotStarted(error, workflowId), result: null });
    } finally {
      this.#starting -= 1;
      this.#startingBytes -= bytes;
      this.#changes += 1;
    }
    if (ended !== undefined) this.#ended(name, await ended.then(endOfResult, (error) => endOfFailure(causeOf(error))));
  }

  #options(workflowId: string, input: unknown) {
    const spec = readTaskSpec(input);
    const name = taskName(spec);
    return {
      workflowId,
      taskQueue: CONTROL_QUEUE,
      args: [input] as [unknown],
      parentClosePolicy: 'ABANDON' as const,
      workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
      staticSummary: name,
      memo: { name },
      priority: { priorityKey: spec.priority },
      typedSearchAttributes: [
        { key: ColibriPlan, value: this.#key },
        { key: ColibriState, value: 'queued' },
        { key: ColibriRequires, value: fitKeywords(spec.requires) },
        { key: ColibriName, value: name },
        { key: ColibriPriority, value: spec.priority },
        ...(spec.project === undefined ? [] : [{ key: ColibriProject, value: spec.project }]),
      ],
    };
  }

  async #await(tasks: readonly AwaitedTask[]): Promise<void> {
    const open = new Map(tasks.map((each) => [each.name, each]));
    while (open.size > 0) {
      for (const { name, end } of await awaitTasks({ tasks: [...open.values()] })) {
        open.delete(name);
        this.#ended(name, readTaskEnd(end));
      }
    }
  }

  #ended(name: string, end: TaskEnd): void {
    this.#record.end(name, end, Date.now());
    this.#changes += 1;
    this.#publish();
  }

  /** One that has ended meanwhile needs no asking. */
  #askOne(workflowId: string | null, note: CancelNote): void {
    if (workflowId === null) return;
    void CancellationScope.nonCancellable(async () => {
      // Whichever run it is in: a task may have continued as new.
      const handle = getExternalWorkflowHandle(workflowId);
      await handle.signal(cancelNote, note).catch(() => undefined);
      await handle.cancel().catch(() => undefined);
    });
  }
}

function whyNotStarted(error: unknown, workflowId: string): string {
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    return `it could not be started: there was a workflow "${workflowId}" before`;
  }
  return `it could not be started: ${error instanceof Error ? error.message : String(error)}`;
}

function causeOf(error: unknown): unknown {
  return error instanceof ChildWorkflowFailure ? error.cause : error;
}
