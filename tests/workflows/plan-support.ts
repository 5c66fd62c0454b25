import { randomUUID } from 'node:crypto';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import type { AttemptResult } from '../../schemas/attempt.ts';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import { CONTROL_QUEUE, planWorkflowId, taskWorkflowId } from '../../schemas/names.ts';
import type { PlanSpecInput } from '../../schemas/plan.ts';
import type { PlanTaskState, PlanView } from '../../schemas/plan-view.ts';
import type { TaskView } from '../../schemas/task-view.ts';
import { planView } from '../../workflows/messages.ts';
import type { plan } from '../../workflows/plan.ts';
import type { Bench } from './bench.ts';
import { claim, ownRoute, resultOf, runUntilCancelled, until, viewOf } from './support.ts';

export type PlanHandle = Awaited<ReturnType<PlanBench['start']>>;

/** How the agent of a task ends, by the name of the task in its plan. A promise: when it is told to. */
type End = Partial<AttemptResult> & { data?: unknown };

/**
 * A host that runs the tasks of one plan, told how each ends; those of which nothing was said are done at once, and the one
 * said to `hang` runs until it is cancelled.
 */
export class PlanBench {
  readonly id = `p-${randomUUID().slice(0, 8)}`;
  readonly started: string[] = [];
  readonly ran: string[] = [];
  readonly inputs = new Map<string, RunAgentInput>();
  readonly #bench: Bench;
  readonly #tag: string;
  readonly #ends = new Map<string, End | Promise<End> | 'hang'>();

  private constructor(bench: Bench, tag: string) {
    this.#bench = bench;
    this.#tag = tag;
  }

  static async open(bench: Bench): Promise<PlanBench> {
    const { tag, queue } = ownRoute();
    const opened = new PlanBench(bench, tag);
    await bench.serve(queue, { runAgent: (input: RunAgentInput) => opened.#run(input) });
    return opened;
  }

  ends(name: string, end: End | Promise<End> | 'hang'): void {
    this.#ends.set(name, end);
  }

  /** Starts a plan whose tasks are given by what they need. */
  async start(needs: Record<string, string[]>, more: Partial<PlanSpecInput> = {}) {
    const tasks = Object.fromEntries(Object.entries(needs).map(([name, list]) => [name, { needs: list }]));
    return this.startRaw({ ...more, tasks, defaults: { command: ['x'], requires: [this.#tag], ...more.defaults } });
  }

  startRaw(input: unknown, workflowId = planWorkflowId(this.id)) {
    return this.#bench.client.workflow.start<typeof plan>('plan', {
      ...{ workflowId, taskQueue: CONTROL_QUEUE },
      args: [input],
    });
  }

  view(): Promise<PlanView> {
    return this.#bench.client.workflow.getHandle(planWorkflowId(this.id)).query(planView);
  }

  /** Waits until the plan is so, without letting time pass. */
  is(good: (view: PlanView) => boolean, withinMs?: number): Promise<PlanView> {
    return until(() => this.view(), good, withinMs);
  }

  ended(withinMs?: number): Promise<PlanView> {
    return this.is(({ state }) => state !== 'running', withinMs);
  }

  /** Waits until a task has been started and is in this state. */
  async taskIs(name: string, state: TaskView['state']): Promise<void> {
    await taskIs(this.#bench.client, taskWorkflowId(`${this.id}.${name}`), state);
  }

  async #run(input: RunAgentInput): Promise<unknown> {
    const name = input.taskId.slice(this.id.length + 1);
    this.inputs.set(name, input);
    this.started.push(name);
    const end = this.#ends.get(name) ?? {};
    if (end === 'hang') {
      return runUntilCancelled(this.#bench.client, input).catch((error: unknown) => {
        if (error instanceof CancelledFailure) this.ran.push(`${name} cancelled`);
        throw error;
      });
    }
    const attempt = await claim(this.#bench.client, input);
    const result = { ...resultOf(input, { attempt }), ...(await end), attempt };
    this.ran.push(name);
    return result;
  }
}

/** Waits until there is a task of this workflow id, in this state. */
export async function taskIs(client: Client, workflowId: string, state: TaskView['state']): Promise<void> {
  const look = () =>
    viewOf(client, workflowId).catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    });
  await until(look, (view) => view?.state === state);
}

export const FAILS = { outcome: 'failed', exitCode: 3, summary: 'exit code 3' } as const;

export function statesOf(view: PlanView): Record<string, PlanTaskState> {
  return Object.fromEntries(view.tasks.map(({ name, state }) => [name, state]));
}
