import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { Colibri } from '../../client/colibri.ts';
import { ColibriError } from '../../client/errors.ts';
import type { HostView } from '../../schemas/fleet.ts';
import { hostWorkflowId } from '../../schemas/names.ts';
import { lockHolder } from '../../workers/host/state-lock.ts';
import { forget } from '../../workflows/messages.ts';
import { pause } from '../follow.ts';
import type { OffboardJson } from '../json-shapes.ts';
import { stateFolder } from './checks.ts';
import { removeIfEmpty } from './files.ts';
import { removeConfiguration } from './join-fleet.ts';
import { connectionFile } from './joined-server.ts';
import type { Owner } from './owner.ts';
import type { Onboarding } from './record.ts';
import { ask } from './run-command.ts';
import { serviceOf } from './service.ts';
import type { Steps } from './steps.ts';
import { workerEnvironment } from './target.ts';

const LOOK_EVERY_MS = 500;
/** A worker ends its agents and takes leave. */
const STOPPED_WITHIN_MS = 120_000;

export interface OffboardOptions {
  home: string;
  owner: Owner;
  record: Onboarding;
  keepSessions: boolean;
  /** Leaves the fleet as it is. */
  local: boolean;
  /** How long what runs here may go on; 0: not at all. */
  drainMs: number;
  steps: Steps;
}

/** Undoes an onboarding. Each step may be repeated; the record goes last, so that a further run goes on. */
export async function offboard(options: OffboardOptions): Promise<OffboardJson> {
  const { home, record, local, steps } = options;
  const { name } = record;
  if (local) {
    await steps.note('drain', 'skipped', '--local');
    await stopWorker(options);
    await steps.note('forget', 'skipped', '--local');
  } else {
    const { Colibri } = await import('../../client/colibri.ts');
    const colibri = await connectOr(() => Colibri.connect({ env: { ...process.env, ...only(home, record) } }));
    try {
      await drain(colibri, options);
      await stopWorker(options);
      await forgetHost(colibri.client, options);
    } finally {
      await colibri.close();
    }
  }
  const removed = removeState(options);
  removed.push(...removeConfiguration(home, record));
  if (!options.keepSessions && record.folders.includes(home) && removeIfEmpty(home)) removed.push(home);
  await steps.note('files', 'done', `removed from ${home}`);
  const left = existsSync(home)
    ? readdirSync(home).filter((entry) => !(options.keepSessions && entry === 'sessions'))
    : [];
  return { name, home, removed: [...new Set(removed)].filter((path) => !existsSync(path)), left, steps: steps.list };
}

/** The connection that was onboarded, whatever the shell says. */
function only(home: string, { address, namespace }: Onboarding): NodeJS.ProcessEnv {
  const file = connectionFile(home);
  return {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    ...(existsSync(file) && { TEMPORAL_CONFIG_FILE: file }),
  };
}

async function connectOr(connect: () => Promise<Colibri>): Promise<Colibri> {
  try {
    return await connect();
  } catch (error) {
    if (!(error instanceof ColibriError) || error.code !== 'unreachable') throw error;
    const hint = 'bring it up, or give --local, which removes what is on this machine alone';
    throw new ColibriError('unreachable', error.message, hint, { cause: error });
  }
}

async function find(colibri: Colibri, name: string): Promise<HostView | undefined> {
  return (await colibri.hosts.list()).find((host) => host.name === name);
}

async function drain(colibri: Colibri, { record, drainMs, steps }: OffboardOptions): Promise<void> {
  const { name } = record;
  let host = await find(colibri, name);
  const isUp = () => host !== undefined && ['online', 'busy', 'draining'].includes(host.status);
  if (!isUp())
    return steps.note('drain', 'skipped', host === undefined ? 'the fleet does not know it' : `it is ${host.status}`);
  await colibri.hosts.setDraining(name, true);
  const deadline = Date.now() + drainMs;
  while (isUp() && (host?.running.length ?? 0) > 0 && Date.now() < deadline) {
    await pause(LOOK_EVERY_MS);
    host = await find(colibri, name);
  }
  const left = isUp() ? (host?.running.length ?? 0) : 0;
  if (left > 0 && drainMs > 0) {
    throw new ColibriError(
      'failed',
      `${left} task${left === 1 ? '' : 's'} still run${left === 1 ? 's' : ''} here; ${name} goes on draining`,
      'run it again to wait longer, or give --now to end them: another host takes them',
    );
  }
  await steps.note('drain', 'done', left === 0 ? 'nothing runs here' : `${left} given to other hosts`);
}

/** Stops the service and removes it; a worker that runs without one is asked to end. */
async function stopWorker({ home, owner, record, steps }: OffboardOptions): Promise<void> {
  const stateDir = stateFolder({ home, name: record.name });
  if (record.service !== null) {
    const environment = workerEnvironment(home);
    const service = serviceOf(record.service.kind, { name: record.name, owner, home, command: [], environment });
    for (const { command } of service.disable) await ask(command);
    rmSync(record.service.path, { force: true });
    for (const { command } of service.forget) await ask(command);
    const { running } = await service.status();
    if (running) throw new ColibriError('failed', `${service.unit} still runs`, `stop it; then run the same again`);
  }
  const holder = lockHolder(stateDir);
  if (holder !== undefined) process.kill(holder.pid, 'SIGTERM');
  const deadline = Date.now() + STOPPED_WITHIN_MS;
  while (lockHolder(stateDir) !== undefined) {
    if (Date.now() > deadline) {
      throw new ColibriError(
        'failed',
        `the worker (process ${holder?.pid}) does not end`,
        `kill -9 ${holder?.pid}; then run the same again`,
      );
    }
    await pause(LOOK_EVERY_MS);
  }
  const what = record.service === null ? 'the worker' : record.service.unit;
  const did =
    record.service === null && holder === undefined
      ? 'no worker ran'
      : `${what} is stopped${record.service === null ? '' : ' and removed'}`;
  await steps.note('service', 'done', did);
}

/** The fleet may hear of the worker's leave a moment after it has gone. */
async function forgetHost(client: Client, { record, steps }: OffboardOptions): Promise<void> {
  const { name } = record;
  const deadline = Date.now() + STOPPED_WITHIN_MS;
  for (;;) {
    try {
      await client.workflow.getHandle(hostWorkflowId(name)).executeUpdate(forget);
      return await steps.note('forget', 'done', `the fleet knows no ${name}`);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError)
        return await steps.note('forget', 'kept', `the fleet knows no ${name}`);
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      if (Date.now() > deadline) {
        const why = error.cause?.message ?? error.message;
        throw new ColibriError('failed', `the fleet does not forget ${name}: ${why}`, 'run the same again');
      }
      await pause(LOOK_EVERY_MS);
    }
  }
}

/** Removes what the worker wrote, but for what was there before. */
function removeState({ home, record, keepSessions }: OffboardOptions): string[] {
  const removed: string[] = [];
  const remove = (path: string) => {
    if (!existsSync(path)) return;
    rmSync(path, { recursive: true, force: true });
    removed.push(path);
  };
  remove(stateFolder({ home, name: record.name }));
  if (removeIfEmpty(join(home, 'hosts'))) removed.push(join(home, 'hosts'));
  for (const entry of WRITTEN_BY_WORKER) {
    if (record.found.includes(entry) || (keepSessions && entry === 'sessions')) continue;
    remove(join(home, entry));
  }
  return removed;
}

/** Beside its own folder below `hosts`. */
const WRITTEN_BY_WORKER = ['sessions', 'skills'];
