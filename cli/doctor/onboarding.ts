import { statSync } from 'node:fs';
import { connect } from '../../client/connect.ts';
import { lockHolder } from '../../workers/host/state-lock.ts';
import { expected } from '../errors.ts';
import { stateFolder } from '../onboard/checks.ts';
import { findOwner } from '../onboard/owner.ts';
import { type Onboarding, readRecord } from '../onboard/record.ts';
import { serviceOf } from '../onboard/service.ts';
import { workerEnvironment } from '../onboard/target.ts';
import { commandLine } from '../output/text.ts';
import { localTime } from '../output/time.ts';
import { refuseClosedPort } from '../with-colibri.ts';
import { type Check, missing, ok, skipped, warning } from './check.ts';

const CONNECT_MS = 5_000;
/** What mends a step. A host without a service is not to be given one by the way. */
const again = (record: Onboarding) => `colibri onboard${record.service === null ? ' --no-service' : ''}`;

/** Each step of this machine's onboarding, as it stands now. */
export async function checkOnboarding(home: string): Promise<Check[]> {
  let record: Onboarding | null;
  try {
    record = readRecord(home);
  } catch (error) {
    const known = expected(error);
    if (known === null) throw error;
    return [missing('onboarding', known.message, known.hint ?? 'move it away')];
  }
  if (record === null) return [skipped('onboarding', 'this machine was not onboarded; that is for hosts of a fleet')];
  return [
    record.joinedAt === null
      ? missing('onboarding', `${record.name} has not joined`, `${again(record)} --code CODE`)
      : ok('onboarding', `${record.name} joined the fleet at ${record.address} at ${localTime(record.joinedAt)}`),
    checkFiles(record),
    await checkConnection(record),
    record.probed === null
      ? missing('host probe', 'this host was not probed', again(record))
      : ok('host probe', `${record.probed.tags.length} tags, at ${localTime(record.probed.at)}`),
    await checkService(home, record),
    record.verified === null
      ? warning('host task', 'no task has run here and come back', again(record))
      : ok('host task', `${record.verified.taskId} ran here and came back at ${localTime(record.verified.at)}`),
  ];
}

/** They may hold keys, and say which server to obey. */
function checkFiles(record: Onboarding): Check {
  const { files, user } = record;
  const name = 'host files';
  for (const { path } of files) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return missing(name, `there is no ${path}`, again(record));
    if ((stat.mode & 0o077) !== 0) {
      return missing(name, `${path} can be read by others (mode ${(stat.mode & 0o777).toString(8)})`, again(record));
    }
    if (stat.uid !== ownerOf(user)) return missing(name, `${path} is not ${user}’s`, again(record));
  }
  return ok(name, `${files.map(({ path }) => path).join(', ')}: ${user}’s alone`);
}

function ownerOf(user: string): number {
  try {
    return findOwner(user).uid;
  } catch {
    return -1;
  }
}

async function checkConnection(record: Onboarding): Promise<Check> {
  const { files, address } = record;
  const name = 'host connection';
  const file = files.at(-1)?.path ?? '';
  try {
    await refuseClosedPort(address);
    // Only what the worker itself goes by: the shell may name another server.
    const connected = await connect({ env: { TEMPORAL_CONFIG_FILE: file }, timeoutMs: CONNECT_MS });
    await connected.close();
    return ok(name, `the server answers at ${connected.address}`);
  } catch (error) {
    const known = expected(error);
    if (known === null) throw error;
    return missing(name, known.message, known.code === 'invalid' ? again(record) : `bring the server at ${address} up`);
  }
}

async function checkService(home: string, record: Onboarding): Promise<Check> {
  const name = 'host service';
  const holder = lockHolder(stateFolder({ home, name: record.name }));
  const runs = holder === undefined ? 'no worker runs' : `the worker runs (process ${holder.pid})`;
  if (record.service === null) {
    const environment = workerEnvironment(home);
    const by = ['env', `COLIBRI_HOME=${home}`, `TEMPORAL_CONFIG_FILE=${environment.TEMPORAL_CONFIG_FILE}`];
    const command = commandLine([...by, 'colibri', 'worker', 'host']);
    return holder === undefined
      ? missing(name, `none was asked for, and ${runs}`, command)
      : ok(name, `none was asked for; ${runs}`);
  }
  const { kind, unit, path } = record.service;
  const settings = { name: record.name, owner: findOwner(record.user), home, command: [], environment: {} };
  const service = serviceOf(kind, { ...settings, environment: workerEnvironment(home) });
  if (statSync(path, { throwIfNoEntry: false }) === undefined)
    return missing(name, `${unit} is not installed`, again(record));
  const { enabled, running } = await service.status();
  if (!enabled) return missing(name, `${unit} is not enabled: it would not start at boot`, again(record));
  if (!running)
    return missing(name, `${unit} does not run`, `${again(record)}, or look at its log: ${commandLine(service.log)}`);
  return ok(name, `${unit} (${kind}) is enabled, and ${runs}`);
}
