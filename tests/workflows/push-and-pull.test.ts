import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import { claimTask, transitionTask } from '../../workflows/messages.ts';
import { type Bench, BUNDLE, openRealBench } from './bench.ts';
import { claim, ended, ownRoute, resultOf } from './support.ts';

/** Someone at work on a task, by this process's clock. */
interface Work {
  who: string;
  from: number;
  to: number;
}

const ms = fc.integer({ min: 0, max: 150 });
const story = fc.record({
  /** When hosts begin to poll, and how long their agents take. */
  hostFrom: ms,
  hostWork: ms,
  /** Agents outside: when each asks for the task, how long it works, and whether it then gives it back. */
  agents: fc.array(fc.record({ from: ms, work: ms, givesBack: fc.boolean() }), { minLength: 1, maxLength: 4 }),
});

// On the real server: the time-skipping one loses updates that come while a workflow task is at a local activity.
describe('a task that hosts and agents outside both want', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openRealBench();
  });
  afterAll(() => bench.close());

  it('is worked on by one at a time and ends once, however they come [B2]', async () => {
    const started: string[] = [];
    await fc.assert(
      fc.asyncProperty(story, async ({ hostFrom, hostWork, agents }) => {
        const { tag, queue } = ownRoute();
        const works: Work[] = [];
        const began = (who: string): Work => {
          const work = { who, from: performance.now(), to: Number.POSITIVE_INFINITY };
          works.push(work);
          return work;
        };
        const { workflowId } = await bench.start({ command: ['x'], requires: [tag] });
        started.push(workflowId);
        const outside = agents.map(async ({ from, work, givesBack }, i) => {
          const agent = `agent-${i}`;
          const handle = bench.client.workflow.getHandle(workflowId);
          await sleep(from);
          const request = { agent, host: null, capabilities: [tag], timeoutMs: 600_000 };
          const grant = await handle.executeUpdate(claimTask, { args: [request] }).catch(() => undefined);
          if (grant === undefined) return;
          const holds = began(agent);
          await sleep(work);
          holds.to = performance.now();
          const to = givesBack ? ('queued' as const) : ('done' as const);
          const asks = { to, by: agent, agent, attempt: grant.attempt, reason: 'so be it' };
          await handle.executeUpdate(transitionTask, { args: [asks] });
        });
        const host = sleep(hostFrom).then(() =>
          bench.serve(queue, {
            runAgent: async (input: RunAgentInput) => {
              const attempt = await claim(bench.client, input);
              const runs = began('host');
              const beat = setInterval(() => Context.current().heartbeat({ attempt }), 20);
              try {
                await Promise.race([sleep(hostWork), Context.current().cancelled]);
                return resultOf(input, { attempt });
              } catch (error) {
                if (!(error instanceof CancelledFailure)) throw error;
                throw new CancelledFailure('cancelled', [resultOf(input, { attempt, outcome: 'cancelled' })]);
              } finally {
                clearInterval(beat);
                runs.to = performance.now();
              }
            },
          }),
        );
        await Promise.all(outside);
        const view = await ended(bench.client, workflowId);
        await (await host).stop();
        expect(view.state).toBe('done');
        expect(view.history.filter(({ state }) => state === 'done')).toHaveLength(1);
        const inOrder = works.sort((a, b) => a.from - b.from);
        for (const [at, work] of inOrder.entries()) {
          const next = inOrder[at + 1];
          if (next) expect(work.to, `${work.who} and ${next.who} at once`).toBeLessThanOrEqual(next.from);
        }
        expect(works.at(-1)?.who).toBe(view.agent === 'command@debby' ? 'host' : view.agent);
      }),
      { numRuns: 40 },
    );
    // However requests, claims and results fell together: from its history each task makes the same again.
    const histories = started.map(async (workflowId) => {
      const history = await bench.client.workflow.getHandle(workflowId).fetchHistory();
      return { workflowId, history };
    });
    const replayed = Worker.runReplayHistories({ workflowBundle: BUNDLE }, await Promise.all(histories));
    for await (const { workflowId, error } of replayed) expect(error, workflowId).toBeUndefined();
  }, 120_000);
});
