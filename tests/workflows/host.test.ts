import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OLDEST_PROTOCOL, PROTOCOL } from '../../schemas/fleet.ts';
import { FLEET_ID, hostWorkflowId } from '../../schemas/names.ts';
import { forget, hostRegistration, probeHost, refresh, register, setDraining } from '../../workflows/messages.ts';
import { noTimeSkipping } from '../support/temporal-server.ts';
import { openBench, type TimeSkippingBench } from './bench.ts';
import { fleetOf, type HostStandIn, hostIs, registrationOf, standIn } from './host-stand-in.ts';
import { passTime, until } from './support.ts';

describe.skipIf(noTimeSkipping())('the presence of a host', () => {
  let bench: TimeSkippingBench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  const newName = () => `h-${randomUUID().slice(0, 8)}`;
  const handleOf = (name: string) => bench.client.workflow.getHandle(hostWorkflowId(name));

  async function online(more: Parameters<typeof registrationOf>[1] = {}): Promise<HostStandIn> {
    const host = await standIn(bench, newName(), more);
    await host.register();
    await hostIs(bench.client, host.registration.name, 'online');
    await until(
      async () => host.presences.length,
      (count) => count > 0,
    );
    return host;
  }

  /** Ends the stand-in so that its presence holds the server's clock no more. */
  async function away(host: HostStandIn): Promise<void> {
    host.leave();
    await hostIs(bench.client, host.registration.name, 'offline');
    await host.stop();
  }

  async function refusal(promise: Promise<unknown>): Promise<ApplicationFailure> {
    const error = await promise.then(
      () => new Error('was accepted'),
      (thrown: Error) => thrown,
    );
    if (error.cause instanceof ApplicationFailure) return error.cause;
    if (error.cause instanceof Error && error.cause.cause instanceof ApplicationFailure) return error.cause.cause;
    throw error;
  }

  it('starts the fleet when it does not run, and tells it all about the host [P1]', async () => {
    await expect(bench.client.workflow.getHandle(FLEET_ID).describe()).rejects.toThrow();
    const host = await online({ capabilities: ['docker', 'linux'], slots: 4 });
    const { name } = host.registration;
    expect((await fleetOf(bench.client)).hosts.find((h) => h.name === name)).toMatchObject({
      ...{ status: 'online', capabilities: ['docker', 'linux'], slots: 4, leaseMs: 30_000, instanceId: 'first' },
    });
    expect(await handleOf(name).query(hostRegistration)).toEqual(host.registration);
    const attributes = (await handleOf(name).describe()).typedSearchAttributes.getAll();
    expect(attributes.find(({ key }) => key.name === 'ColibriTags')?.value).toEqual(['docker', 'linux']);
    await away(host);
  });

  it('is stale after a lease of silence, offline after five minutes more, back by registering [P2]', async () => {
    const host = await online();
    const { name } = host.registration;
    const since = (await hostIs(bench.client, name, 'online')).since;
    host.fallSilent();
    await passTime(bench.env, '31s');
    const stale = await hostIs(bench.client, name, 'stale');
    expect(Date.parse(stale.since) - Date.parse(since)).toBeGreaterThanOrEqual(30_000);
    await passTime(bench.env, '4m');
    await hostIs(bench.client, name, 'stale');
    await passTime(bench.env, '61s');
    const offline = await hostIs(bench.client, name, 'offline');
    expect(Date.parse(offline.since) - Date.parse(stale.since)).toBeGreaterThanOrEqual(300_000);
    await host.register({ instanceId: 'second' });
    await hostIs(bench.client, name, 'online');
    await until(
      async () => host.presences,
      (given) => given.at(-1) === 'second',
    );
    await away(host);
  });

  it('is back at once when it registers while stale, with a new presence [P2]', async () => {
    const host = await online();
    host.fallSilent();
    await passTime(bench.env, '31s');
    await hostIs(bench.client, host.registration.name, 'stale');
    await host.register();
    await hostIs(bench.client, host.registration.name, 'online');
    await until(
      async () => host.presences.length,
      (count) => count === 2,
    );
    await away(host);
  });

  it('is offline at once, not stale, when its worker takes leave [P2]', async () => {
    const host = await online();
    await away(host);
    expect((await fleetOf(bench.client)).hosts.map((h) => h.status)).not.toContain('stale');
  });

  it('refuses another machine under its name while it is live or stale, and takes it once offline [P1]', async () => {
    const host = await online();
    const { name } = host.registration;
    const stranger = registrationOf(name, { hostId: 'another machine', instanceId: 'other' });
    const take = () => handleOf(name).executeUpdate(register, { args: [stranger] });
    const refused = await refusal(take());
    expect(refused).toMatchObject({ type: 'HostNameTaken' });
    expect(refused.message).toContain(`the name ${name} is held by another machine: linux, online since`);
    host.fallSilent();
    await passTime(bench.env, '31s');
    await hostIs(bench.client, name, 'stale');
    expect((await refusal(take())).message).toContain('stale since');
    await passTime(bench.env, '5m');
    await hostIs(bench.client, name, 'offline');
    expect(await take()).toEqual({ instanceId: 'other' });
    expect((await hostIs(bench.client, name, 'online')).instanceId).toBe('other');
    await away(host);
  });

  it('gives the same machine its presence anew when its worker was restarted [P2]', async () => {
    const host = await online();
    await host.register({ instanceId: 'second' });
    await until(
      async () => host.presences,
      (given) => given.join() === 'first,second',
    );
    expect((await hostIs(bench.client, host.registration.name, 'online')).instanceId).toBe('second');
    await away(host);
  });

  it('refuses a worker of another protocol and names both versions [P1]', async () => {
    const host = await standIn(bench, newName(), { protocol: PROTOCOL + 1 });
    await expect(host.register()).rejects.toThrow(
      `worker protocol ${PROTOCOL + 1} (colibri 1.0.0), control protocols ${OLDEST_PROTOCOL} to ${PROTOCOL}: upgrade colibri where the control worker runs`,
    );
    await host.register({ protocol: OLDEST_PROTOCOL - 1 }).then(
      () => expect.fail('was accepted'),
      (error: Error) => expect(error.message).toMatch(/^worker protocol 0 .*: upgrade colibri on this host$/),
    );
    await host.stop();
  });

  it('takes a worker of the oldest protocol that it knows, so that control is upgraded first [P4]', async () => {
    const host = await online({ protocol: OLDEST_PROTOCOL });
    await away(host);
  });

  it('refuses registrations that it cannot read, and goes on [T2]', async () => {
    const host = await online();
    const { name, capabilities, ...rest } = host.registration;
    const handle = handleOf(name);
    const broken = { ...rest, name } as unknown as typeof host.registration;
    expect((await refusal(handle.executeUpdate(register, { args: [broken] }))).message).toContain('capabilities');
    expect((await refusal(handle.executeUpdate(refresh, { args: [broken] }))).message).toContain('capabilities');
    expect((await refusal(handle.executeUpdate<void, [], string>(setDraining.name))).type).toBe('invalid');
    expect((await hostIs(bench.client, name, 'online')).capabilities).toEqual(capabilities);
    await away(host);
  });

  it('takes changed tags of the worker that holds it, and of no other [R2]', async () => {
    const host = await online();
    const { name } = host.registration;
    const changed = { ...host.registration, capabilities: ['gained'] };
    await handleOf(name).executeUpdate(refresh, { args: [changed] });
    await until(
      () => fleetOf(bench.client),
      ({ hosts }) => hosts.find((h) => h.name === name)?.capabilities.join() === 'gained',
    );
    const other = { ...changed, instanceId: 'other', capabilities: ['stolen'] };
    expect((await refusal(handleOf(name).executeUpdate(refresh, { args: [other] }))).type).toBe('HostReplaced');
    await away(host);
  });

  it('drains, stays draining over a restart, and resumes [P4]', async () => {
    const host = await online();
    const { name } = host.registration;
    await handleOf(name).executeUpdate(setDraining, { args: [{ draining: true }] });
    await hostIs(bench.client, name, 'draining');
    await until(
      async () => host.synced.at(-1)?.draining,
      (draining) => draining === true,
    );
    await host.register({ instanceId: 'second' });
    expect((await hostIs(bench.client, name, 'draining')).instanceId).toBe('second');
    await handleOf(name).executeUpdate(setDraining, { args: [{ draining: false }] });
    await hostIs(bench.client, name, 'online');
    await away(host);
  });

  it('is forgotten only when it is not live, and then by the fleet too [P4]', async () => {
    const host = await online();
    const { name } = host.registration;
    expect(await refusal(handleOf(name).executeUpdate(forget))).toMatchObject({
      type: 'HostLive',
      message: expect.stringMatching(new RegExp(`^${name} is online since .*: stop its worker first$`)),
    });
    await away(host);
    await handleOf(name).executeUpdate(forget);
    await until(
      () => fleetOf(bench.client),
      ({ hosts }) => !hosts.some((h) => h.name === name),
    );
    await until(
      () => handleOf(name).describe(),
      (description) => description.status.name === 'COMPLETED',
    );
  });

  it('is probed on demand while it is live, and says why not otherwise [R2]', async () => {
    const host = await online();
    const { name } = host.registration;
    expect(await handleOf(name).executeUpdate(probeHost)).toMatchObject({ capabilities: ['probed'] });
    await away(host);
    expect((await refusal(handleOf(name).executeUpdate(probeHost))).message).toContain('offline and cannot be probed');
  });
});
