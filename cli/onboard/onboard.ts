import { basename } from 'node:path';
import type { Colibri } from '../../client/colibri.ts';
import { ColibriError } from '../../client/errors.ts';
import { lockHolder } from '../../workers/host/state-lock.ts';
import type { OnboardJson } from '../json-shapes.ts';
import { checkMachine, reachServer, refuseTakenName, stateFolder } from './checks.ts';
import { beginRecord, spendCode, writeConfiguration } from './join-fleet.ts';
import { startCommand } from './plan.ts';
import { mendService, probeHere, untilOnline } from './run-service.ts';
import type { Service } from './service.ts';
import type { Steps } from './steps.ts';
import type { Target } from './target.ts';
import { runTaskHere } from './verify.ts';

export interface OnboardOptions {
  target: Target;
  /** Null: the worker is run by someone else. */
  service: Service | null;
  code: string | undefined;
  /** How long the worker may take to come online, and the task to come back. */
  waitMs: number;
  steps: Steps;
}

/**
 * Makes this machine a host: first all that can be refused, then what is written, each step only where it is needed.
 * What was done stays when a later step fails, and a further run goes on there.
 */
export async function onboard({ target, service, code, waitMs, steps }: OnboardOptions): Promise<OnboardJson> {
  const { record: former } = target;
  await steps.note('machine', 'ok', await checkMachine(target, service));
  const colibri = await reachServer(target);
  try {
    await steps.note('connection', 'ok', `${target.address}, namespace ${target.namespace}`);
    const record = beginRecord(target);
    if (former?.joinedAt) await steps.note('code', 'kept', `${target.name} joined at ${former.joinedAt}`);
    else await steps.note('code', 'ok', await checkCode(colibri, target, record.joinId, code));
    await refuseTakenName(colibri, target);

    await noteFiles(steps, target, writeConfiguration(target, record));
    if (record.joinedAt === null) {
      await spendCode(colibri, target, record, code ?? '');
      await steps.note('join', 'done', `as ${target.name}`);
    } else await steps.note('join', 'kept', `as ${target.name}`);
    await steps.note('probe', 'ok', await probeHere(target, record));
    if (service === null) await steps.note('service', 'skipped', '--no-service');
    else {
      const { done, detail } = await mendService(target, record, service);
      await steps.note('service', done ? 'done' : 'kept', detail);
    }

    let task: string | null = null;
    if (service === null && lockHolder(stateFolder(target)) === undefined) {
      await steps.note('online', 'skipped', 'no worker runs yet');
      await steps.note('task', 'skipped', 'run the same again once the worker runs');
    } else {
      await steps.note('online', 'ok', await untilOnline(colibri, target, service, waitMs));
      task = await runTaskHere(colibri, target, record, waitMs);
      await steps.note('task', 'ok', `${task} ran here and came back`);
    }
    const { name, address, namespace, home, owner } = target;
    return {
      ...{ name, address, namespace, home, user: owner.name, task, steps: steps.list },
      service: service === null ? null : service.unit,
      start: service === null && task === null ? startCommand(target) : null,
    };
  } finally {
    await colibri.close();
  }
}

async function checkCode(colibri: Colibri, target: Target, joinId: string, code: string | undefined): Promise<string> {
  if (code === undefined) {
    throw new ColibriError(
      'invalid',
      '--code: a join code is needed',
      '`colibri host invite`, on a machine of the fleet, makes one',
    );
  }
  const { name, uses } = await colibri.invites.join({ code, name: target.name, joinId, spend: false });
  return `good for ${name ?? 'any name'}, ${uses.left} of ${uses.total} left`;
}

function noteFiles(steps: Steps, { home, files }: Target, written: readonly string[]): Promise<void> {
  const names = (paths: readonly string[]) => paths.map((path) => basename(path)).join(' and ');
  if (written.length > 0) return steps.note('files', 'done', `${names(written)} in ${home}`);
  return steps.note('files', 'kept', `${names(files.map(({ path }) => path))} in ${home}`);
}
