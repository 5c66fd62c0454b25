import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Colibri } from '../../client/colibri.ts';
import { ColibriError } from '../../client/errors.ts';
import { nearest } from '../../schemas/nearest.ts';
import { hostIdentity } from '../../workers/host/host-identity.ts';
import { lockHolder } from '../../workers/host/state-lock.ts';
import { expected } from '../errors.ts';
import { commandLine } from '../output/text.ts';
import { refuseClosedPort } from '../with-colibri.ts';
import { refuseUnwritable } from './files.ts';
import { connectionFile } from './joined-server.ts';
import { asUser } from './owner.ts';
import { variablesFor } from './profile.ts';
import { ask } from './run-command.ts';
import type { Service } from './service.ts';
import type { Target } from './target.ts';

const CONNECT_MS = 10_000;
/** Statuses of a host that holds its name against others. */
const HOLDING = new Set(['online', 'busy', 'draining', 'stale']);

/** What must hold on this machine. Changes nothing. */
export async function checkMachine(target: Target, service: Service | null): Promise<string> {
  const { home, owner, command, environment, name } = target;
  refuseUnwritable('--home', home);
  const stat = statSync(home, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isDirectory()) {
    throw new ColibriError('refused', `--home: ${home} is not a folder`, 'choose another');
  }
  if (stat !== undefined && stat.uid !== owner.uid) {
    throw new ColibriError('refused', `--home: ${home} is not ${owner.name}’s`, `chown -R ${owner.name} ${home}`);
  }
  if (service !== null) refuseUnwritable('the service', join(service.file.path, '..'));
  const program = command.slice(0, 2);
  const { code, stdout, stderr } = await ask([...program, '--version'], { env: environment, ...asUser(owner) });
  if (code !== 0) {
    const why = stderr.trim().split('\n')[0] || `exit code ${code}`;
    throw new ColibriError(
      'refused',
      `${owner.name} cannot run ${commandLine(program)}: ${why}`,
      'install Colibri and Node where that user can read them: npm install --global colibri',
    );
  }
  const holder = lockHolder(stateFolder(target));
  if (service !== null && holder !== undefined && !(await service.status()).running) {
    throw new ColibriError(
      'refused',
      `a worker of ${name} runs already (process ${holder.pid}), but not as the service`,
      `stop it first: kill ${holder.pid}`,
    );
  }
  return `colibri ${stdout.trim()}, node ${process.versions.node}, as ${owner.name}`;
}

/** Connects as the worker will. Throws `unreachable` naming the address, `not-found` for a missing namespace. */
export async function reachServer(target: Target): Promise<Colibri> {
  const { address, namespace, home } = target;
  const { Colibri } = await import('../../client/colibri.ts');
  const env = variablesFor({ address, namespace }, connectionFile(home), process.env);
  let colibri: Colibri | undefined;
  try {
    await refuseClosedPort(address);
    colibri = await Colibri.connect({ env, timeoutMs: CONNECT_MS, identity: `onboard@${target.name}` });
    await colibri.connected.connection.workflowService.describeNamespace({ namespace });
    return colibri;
  } catch (error) {
    await colibri?.close();
    const known = expected(error);
    if (known?.code !== 'unreachable') throw error;
    const port = address.slice(address.lastIndexOf(':') + 1);
    throw new ColibriError(
      'unreachable',
      `no Temporal server answers at ${address}`,
      `check the address, that the server listens for others than its own machine, and that port ${port} is open`,
      { cause: error },
    );
  }
}

/** Throws `refused` when another machine holds the name. */
export async function refuseTakenName(colibri: Colibri, target: Target): Promise<void> {
  const hosts = await colibri.hosts.list();
  const holder = hosts.find((host) => host.name === target.name);
  if (holder === undefined || !HOLDING.has(holder.status)) return;
  const { registration } = await colibri.hosts.show(target.name);
  if (registration === null || registration.hostId === identityHere(target)) return;
  const alike = nearest(
    target.name,
    hosts.map((host) => host.name),
  );
  const hint = alike.length > 0 ? ` (there are also ${alike.join(', ')})` : '';
  throw new ColibriError(
    'refused',
    `the name ${target.name} is held by another machine (${holder.status})`,
    `choose another with --name${hint}, or stop that worker`,
  );
}

/** Where the worker keeps its own state. */
export function stateFolder({ home, name }: Pick<Target, 'home' | 'name'>): string {
  return join(home, 'hosts', name);
}

/** As whom the worker of this home registers; null before it first did. To look must not make it. */
export function identityHere(target: Pick<Target, 'home' | 'name'>): string | null {
  const folder = stateFolder(target);
  return existsSync(join(folder, 'host-id')) ? hostIdentity(folder) : null;
}
