import { Client, type WorkflowClientInterceptor } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../client/connect.ts';
import { hostWorkflowId } from '../../schemas/names.ts';
import { Membership } from '../../workers/host/membership.ts';
import { silentLog } from '../../workers/host/polling/types.ts';
import { hostRegistration } from '../../workflows/messages.ts';
import { testNamespace } from '../support/temporal-server.ts';
import { type Bench, openRealBench } from '../workflows/bench.ts';
import { registrationOf } from '../workflows/host-stand-in.ts';
import { until } from '../workflows/support.ts';

/** While nobody answers, a try is given up after this, to see several. */
const AWAY_TRY_MS = 300;
const TRY_MS = 20_000;

describe('the membership of a host', () => {
  let bench: Bench;
  let connected: Awaited<ReturnType<typeof connect>>;
  let stopping: AbortController;
  /** Update ids of the tries to register, in order. */
  let tries: string[];
  let underWay: number;
  let most: number;
  let joined: number;
  let tags: string[];
  let tryMs: number;
  let onRefresh: () => void;
  let membership: Membership;

  beforeEach(async () => {
    const server = await testNamespace();
    const { address, namespace } = server;
    bench = await openRealBench({}, server);
    connected = await connect({ env: { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } });
    stopping = new AbortController();
    tries = [];
    underWay = most = joined = 0;
    tags = ['linux'];
    tryMs = TRY_MS;
    onRefresh = () => undefined;
    const call = async <T>(send: () => Promise<T>): Promise<T> => {
      underWay += 1;
      most = Math.max(most, underWay);
      try {
        return await connected.connection.withDeadline(Date.now() + tryMs, send);
      } finally {
        underWay -= 1;
      }
    };
    const watch: WorkflowClientInterceptor = {
      startUpdateWithStart(input, next) {
        tries.push(input.updateOptions.updateId ?? 'none given');
        return call(() => next(input));
      },
      startUpdate(input, next) {
        onRefresh();
        return call(() => next(input));
      },
    };
    membership = new Membership({
      client: new Client({ connection: connected.connection, namespace, interceptors: { workflow: [watch] } }),
      registration: () => registrationOf('osa', { capabilities: tags }),
      signal: stopping.signal,
      onJoined: () => {
        joined += 1;
      },
      log: silentLog,
    });
  });
  afterEach(async () => {
    stopping.abort();
    await connected?.close();
    await bench?.close();
  });

  /** Updates that the host's workflow took, in order. */
  async function taken(): Promise<{ name: string; capabilities: string[] }[]> {
    const { events } = await bench.client.workflow.getHandle(hostWorkflowId('osa')).fetchHistory();
    return (events ?? []).flatMap((event) => {
      const input = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
      const data = input?.args?.payloads?.[0]?.data;
      if (!input?.name || !data) return [];
      return [{ name: input.name, capabilities: JSON.parse(Buffer.from(data).toString()).capabilities }];
    });
  }

  async function sendControlAway(): Promise<void> {
    await bench.controlWorker.stop();
    tryMs = AWAY_TRY_MS;
  }

  async function bringControlBack(): Promise<void> {
    tryMs = TRY_MS;
    await bench.control();
  }

  const known = () => bench.client.workflow.getHandle(hostWorkflowId('osa')).query(hostRegistration);
  const triedTimes = (count: number) =>
    until(
      async () => tries.length,
      (length) => length >= count,
    );

  it('is asked for once, however often the host misses its presence while the control worker is away [P2]', async () => {
    await sendControlAway();
    const asked = [membership.enlist()];
    for (let count = 1; count <= 3; count += 1) {
      await triedTimes(count);
      asked.push(membership.enlist('no presence was given'));
    }
    // A tag that is gained meanwhile comes after, since the server keeps the try that it has.
    tags = ['docker', 'linux'];
    asked.push(membership.tell());
    await triedTimes(5);
    expect([joined, most, new Set(tries).size]).toEqual([0, 1, 1]);

    await bringControlBack();
    await Promise.all(asked);
    expect(await taken()).toEqual([
      { name: 'register', capabilities: ['linux'] },
      { name: 'refresh', capabilities: ['docker', 'linux'] },
    ]);
    expect([joined, most, new Set(tries).size]).toEqual([1, 1, 1]);

    // A registration of its own, to which the server does not give the answer of the first.
    await membership.enlist('replaced');
    expect((await taken()).map(({ name }) => name)).toEqual(['register', 'refresh', 'register']);
    expect([joined, new Set(tries).size]).toEqual([2, 2]);
  });

  it('comes to what holds when it changes while the fleet is being told [R4]', async () => {
    await membership.enlist();
    await membership.tell();
    expect(await taken()).toHaveLength(1);
    tags = [];
    onRefresh = () => {
      onRefresh = () => undefined;
      tags = ['linux'];
    };
    await membership.tell();
    expect((await taken()).map(({ capabilities }) => capabilities)).toEqual([['linux'], [], ['linux']]);
    expect((await known())?.capabilities).toEqual(['linux']);
    expect(most).toBe(1);
  });

  it('is had anew when the fleet could not be told of a change [R4]', async () => {
    await membership.enlist();
    await sendControlAway();
    tags = ['docker'];
    const told = membership.tell();
    await triedTimes(3);
    await bringControlBack();
    await told;
    expect((await known())?.capabilities).toEqual(['docker']);
    expect(joined).toBe(2);
    expect((await taken()).filter(({ name }) => name === 'register')).toHaveLength(2);
  });
});
