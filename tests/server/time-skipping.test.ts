import { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ColibriState, ColibriTags } from '../../schemas/search-attributes.ts';
import { noTimeSkipping, timeSkippingEnv } from '../support/temporal-server.ts';

const MONTH_MS = 30 * 24 * 3600_000;

describe.skipIf(noTimeSkipping())('the time-skipping server', () => {
  let env: TestWorkflowEnvironment;
  beforeAll(async () => {
    env = await timeSkippingEnv();
  });
  afterAll(() => env?.teardown());

  it('passes a month in seconds [R6]', async () => {
    const since = await env.currentTimeMs();
    const started = performance.now();
    await env.sleep(MONTH_MS);
    expect((await env.currentTimeMs()) - since).toBeGreaterThanOrEqual(MONTH_MS);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('knows the search attributes [B5]', async () => {
    const client = new Client({ connection: env.connection });
    const handle = await client.workflow.start('waits', {
      taskQueue: 'nobody',
      workflowId: 'with-attributes',
      typedSearchAttributes: [
        { key: ColibriState, value: 'parked' },
        { key: ColibriTags, value: ['linux', 'gpu'] },
      ],
    });
    await handle.terminate();
  });
});
