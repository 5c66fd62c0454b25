import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Draining } from '../../schemas/fleet.ts';
import { FLEET_QUEUE, hostWorkflowId } from '../../schemas/names.ts';
import { expectHost, forget, setDraining } from '../../workflows/messages.ts';
import { noTimeSkipping } from '../support/temporal-server.ts';
import { openBench, type TimeSkippingBench } from './bench.ts';
import { fleetOf, type HostStandIn, hostIs, standIn } from './host-stand-in.ts';
import { passTime, until } from './support.ts';

describe.skipIf(noTimeSkipping())('the orders given to a host', () => {
  let bench: TimeSkippingBench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  const newName = () => `h-${randomUUID().slice(0, 8)}`;
  const handleOf = (name: string) => bench.client.workflow.getHandle(hostWorkflowId(name));
  const drain = (name: string, order: Partial<Draining>) =>
    handleOf(name).executeUpdate(setDraining, { args: [{ draining: true, ...order }] });
  const inFleet = async (name: string) => (await fleetOf(bench.client)).hosts.find((host) => host.name === name);

  async function host(): Promise<{ host: HostStandIn; name: string }> {
    const name = newName();
    const stand = await standIn(bench, name);
    await stand.register();
    await hostIs(bench.client, name, 'online');
    await until(
      async () => stand.presences.length,
      (count) => count > 0,
    );
    return { host: stand, name };
  }

  async function away({ host: stand, name }: { host: HostStandIn; name: string }): Promise<void> {
    stand.leave();
    await hostIs(bench.client, name, 'offline');
    await stand.stop();
  }

  it('are kept with who gave them, when and why, over a restart of its worker [P4]', async () => {
    const one = await host();
    await drain(one.name, { by: 'mk', reason: 'kernel upgrade' });
    const first = (await hostIs(bench.client, one.name, 'draining')).drain;
    expect(first).toMatchObject({ by: 'mk', reason: 'kernel upgrade', deadlineAt: null, handedOverAt: null });
    await one.host.register({ instanceId: 'second' });
    await drain(one.name, { deadlineMs: 3_600_000 });
    const second = await until(
      async () => (await inFleet(one.name))?.drain,
      (known) => known?.deadlineAt !== null,
    );
    // What the second order does not say holds as the first one said it.
    expect(second).toMatchObject({ by: 'mk', reason: 'kernel upgrade', since: first?.since });
    await handleOf(one.name).executeUpdate(setDraining, { args: [{ draining: false, by: 'mk' }] });
    expect((await hostIs(bench.client, one.name, 'online')).drain).toBeUndefined();
    await away(one);
  });

  it('leave a host a reason that tells silence from leave [P1]', async () => {
    const one = await host();
    one.host.fallSilent();
    await passTime(bench.env, '31s');
    const stale = await hostIs(bench.client, one.name, 'stale');
    expect(Date.parse(stale.since) - Date.parse(stale.heardAt ?? '')).toBe(30_000);
    expect(stale.left).toBeUndefined();
    await one.host.register({ instanceId: 'second' });
    expect((await hostIs(bench.client, one.name, 'online')).heardAt).toBeUndefined();
    await away(one);
    expect(await inFleet(one.name)).toMatchObject({ left: 'stopped' });
  });

  describe('with a deadline', () => {
    const handedOver = (one: { host: HostStandIn }) =>
      until(
        async () => one.host.handedOver,
        (told) => told.length > 0,
      );
    const ordered = async (name: string) => {
      const { events } = await handleOf(name).fetchHistory();
      const names = (events ?? []).map((e) => e.activityTaskScheduledEventAttributes?.activityType?.name);
      return names.filter((activity) => activity === 'handOver').length;
    };

    it('have a live host hand over when it has passed, and say when it was told [P4]', async () => {
      const one = await host();
      await drain(one.name, { by: 'mk', deadlineMs: 1_000 });
      expect(await handedOver(one)).toEqual(['drained by mk, the deadline has passed']);
      const drained = await until(
        async () => (await inFleet(one.name))?.drain,
        (known) => typeof known?.handedOverAt === 'string',
      );
      expect(Date.parse(drained?.handedOverAt ?? '')).toBeGreaterThanOrEqual(Date.parse(drained?.deadlineAt ?? ''));
      await away(one);
      expect(await ordered(one.name)).toBe(1);
    });

    it('have one that was away when it passed hand over as soon as it is back [P4]', async () => {
      const one = await host();
      await away(one);
      await drain(one.name, { by: 'mk', deadlineMs: 1_800_000 });
      await passTime(bench.env, '31m');
      expect(await ordered(one.name)).toBe(0);
      const again = await standIn(bench, one.name, { instanceId: 'back' });
      await again.register();
      await handedOver({ host: again });
      await away({ host: again, name: one.name });
    });

    it('tell it again until it has taken it in [P4]', async () => {
      const one = await host();
      one.host.failHandOvers(1);
      await drain(one.name, { by: 'mk', deadlineMs: 0 });
      await handedOver(one);
      await away(one);
      expect(await ordered(one.name)).toBe(2);
    });

    it('hand over nothing once the host was resumed, and nothing of a host whose worker cannot [P4]', async () => {
      const one = await host();
      await away(one);
      await drain(one.name, { by: 'mk', deadlineMs: 60_000 });
      await handleOf(one.name).executeUpdate(setDraining, { args: [{ draining: false, by: 'mk' }] });
      await passTime(bench.env, '2m');
      const again = await standIn(bench, one.name, { instanceId: 'back', protocol: 1 });
      await again.register();
      await hostIs(bench.client, one.name, 'online');
      await until(
        async () => again.presences.length,
        (count) => count > 0,
      );
      await drain(one.name, { by: 'mk', deadlineMs: 0 });
      await hostIs(bench.client, one.name, 'draining');
      await away({ host: again, name: one.name });
      expect(await ordered(one.name)).toBe(0);
    });
  });

  describe('that is still to come', () => {
    const announce = (name: string) =>
      bench.client.workflow.executeUpdateWithStart(expectHost, {
        args: [{ by: 'mk' }],
        startWorkflowOperation: new WithStartWorkflowOperation('host', {
          workflowId: hostWorkflowId(name),
          taskQueue: FLEET_QUEUE,
          args: [
            { name, registration: null, status: 'never-seen', since: new Date().toISOString(), draining: false },
          ] as never,
          workflowIdConflictPolicy: 'USE_EXISTING',
        }),
      });
    const expected = async (name: string) =>
      (await fleetOf(bench.client)).expected?.find((candidate) => candidate.name === name);

    it('is told apart from all that serve, and joins as any other [P1]', async () => {
      const name = newName();
      expect(await announce(name)).toMatchObject({ status: 'never-seen' });
      await until(
        () => expected(name),
        (known) => known !== undefined,
      );
      expect(await expected(name)).toMatchObject({ status: 'never-seen', expected: { by: 'mk' }, capabilities: [] });
      expect(await inFleet(name)).toBeUndefined();

      const stand = await standIn(bench, name);
      await stand.register();
      expect(await hostIs(bench.client, name, 'online')).not.toHaveProperty('expected');
      expect(await expected(name)).toBeUndefined();
      expect(await announce(name)).toMatchObject({ status: 'online' });
      await until(
        async () => stand.presences.length,
        (count) => count > 0,
      );
      await away({ host: stand, name });
    });

    it('can be forgotten [P4]', async () => {
      const name = newName();
      await announce(name);
      await handleOf(name).executeUpdate(forget);
      await until(
        () => expected(name),
        (known) => known === undefined,
      );
      await until(
        () => handleOf(name).describe(),
        (description) => description.status.name === 'COMPLETED',
      );
    });
  });
});
