import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import type { ActivityGateway } from '../../workers/host/polling/gateway.ts';
import type { ActivityTask } from '../../workers/host/polling/types.ts';
import { type RunAgentDeps, runAgent } from '../../workers/host/run-agent.ts';
import { filesIn, tempDir, testLeash } from '../leash/support.ts';

const INPUT: RunAgentInput = {
  ...{ taskId: 'k7', taskKey: 'k7', workflowId: 'task/k7', runId: 'r', requires: [], runtime: 'command', skill: null },
  ...{ skillRef: null, skillInputs: {} },
  ...{ command: ['true'], shell: false, env: {}, cwd: null, timeoutMs: null, graceMs: 100, attemptsBefore: 0 },
  ...{ silenceMs: null, alternatives: [], limited: false, deathsBefore: [], questions: [], handoff: null },
  inputs: {},
};

describe('an attempt whose first heartbeat is not granted', () => {
  test.each([
    { answer: 'lost', reports: [] },
    { answer: 'cancel-requested', reports: ['cancelled'] },
    { answer: 'none', reports: [] },
  ])('starts nothing, and is off the leash with its record gone: $answer [P3]', async ({ answer, reports }) => {
    const stateDir = tempDir();
    const leash = await testLeash('sweep', { stateDir });
    const reported: string[] = [];
    const gateway = {
      heartbeat: async () => {
        if (answer === 'none') throw new Error('14 UNAVAILABLE');
        return { status: answer };
      },
      cancelled: async () => reported.push('cancelled'),
    } as unknown as ActivityGateway;
    const quiet = () => undefined;
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    // What is not given here is not to be touched.
    const deps = { gateway, leash, stateDir, host: 'debby', log, stopping: new AbortController().signal };
    const task = { tokenText: 'dG9rZW4=', input: [INPUT], heartbeatTimeoutMs: 30_000, attempt: 1 };
    const running = runAgent(task as unknown as ActivityTask, deps as unknown as RunAgentDeps, () => {
      throw new Error('not reached');
    });
    if (answer === 'none') await expect(running).rejects.toThrow('UNAVAILABLE');
    else await running;
    expect(reported).toEqual(reports);
    expect(filesIn(join(stateDir, 'runs'))).toEqual([]);
    // Held still, the run could not be put there again.
    const again = await leash.hold({ runId: 'k7/1', leaseMs: 30_000, graceMs: 0, sentAt: 0 });
    await again.release();
  });
});
