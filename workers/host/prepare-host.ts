import { join } from 'node:path';
import { Client, type ConnectionOptions } from '@temporalio/client';
import { HostName } from '../../schemas/fleet.ts';
import { type Leash, startLeash } from '../leash/client.ts';
import { loadSkills, type Skill } from '../skills.ts';
import { giveBackFormerLife } from './former-life.ts';
import { removeNotes } from './hand-over-note.ts';
import type { HostWorkerOptions } from './host-worker-options.ts';
import { OutputPipes } from './output-pipes.ts';
import { openHostConnection } from './polling/connection.ts';
import { ActivityGateway } from './polling/gateway.ts';
import { StateLock } from './state-lock.ts';

/** Steps that take down what was set up, to be done in reverse order. */
export type Undo = (() => Promise<unknown> | unknown)[];

/** What a host's worker stands on before it joins the fleet. */
export interface HostGround {
  name: string;
  /** The host's folder, and within it the seat of this process. */
  stateDir: string;
  seatDir: string;
  lock: StateLock;
  gateway: ActivityGateway;
  client: Client;
  leash: Leash;
  pipes: OutputPipes;
  skills: ReadonlyMap<string, Skill>;
  /** Ends what a worker that is gone left in its seat, and gives its tasks back. */
  clearSeat(dir: string): Promise<void>;
}

/**
 * Takes the state folder, connects, ends what former lives left, and starts the leash. Throws `StateLocked` when another
 * worker has the folder; what was set up until then is in `undo`.
 */
export async function prepareHost(options: HostWorkerOptions, undo: Undo): Promise<HostGround> {
  const { connected, log, home } = options;
  const name = HostName.parse(options.name);
  const stateDir = join(home, 'hosts', name);
  const lock = StateLock.take(stateDir, { takeover: options.takeover ?? false });
  undo.push(() => lock.release());
  const { seatDir } = lock;
  // A stale note would give this worker's slots away.
  removeNotes(seatDir);
  undo.push(() => removeNotes(seatDir));

  const { namespace, address, nativeOptions } = connected;
  const connection = openHostConnection({ address, ...nativeOptions } as ConnectionOptions);
  undo.push(() => connection.close());
  const identity = `${name}@${process.pid}`;
  const client = new Client({ connection, namespace, identity });
  const onConnection = (state: 'up' | 'down') => {
    if (state === 'up') log.info('the server answers again');
    else log.warn('the server does not answer; agents are ended before their leases run out');
  };
  const gateway = new ActivityGateway({ connection, namespace, identity, log, onConnection });
  undo.push(() => gateway.close());

  const clearSeat = (dir: string) => lock.clearSeat(dir, () => giveBackFormerLife(gateway, dir, log));
  await Promise.all(lock.leftSeats().map(clearSeat));
  const leash = await startLeash({
    ...{ stateDir: seatDir, mountDir: stateDir, log },
    isMountShared: () => lock.predecessors().length > 0,
    onFenced: (runId, reason) => log.warn({ session: runId, reason }, 'the leash ended an agent'),
  });
  undo.push(() => leash.close());
  const pipes = new OutputPipes(join(seatDir, 'pipes'));
  undo.push(() => pipes.close());
  await pipes.prepare();
  return { name, stateDir, seatDir, lock, gateway, client, leash, pipes, skills: await loadSkills(), clearSeat };
}
