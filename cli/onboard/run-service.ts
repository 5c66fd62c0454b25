import type { Colibri } from '../../client/colibri.ts';
import { ColibriError } from '../../client/errors.ts';
import { pause } from '../follow.ts';
import { commandLine } from '../output/text.ts';
import { identityHere } from './checks.ts';
import { makeFolder, mendFile, missingFolders } from './files.ts';
import { keepRecord } from './join-fleet.ts';
import { asUser } from './owner.ts';
import type { Onboarding } from './record.ts';
import { must } from './run-command.ts';
import type { Service } from './service.ts';
import type { Target } from './target.ts';

const LOOK_EVERY_MS = 500;
const PROBE_MS = 180_000;

/** Runs the probes as the worker will, and keeps what they found. */
export async function probeHere(target: Target, record: Onboarding): Promise<string> {
  const { command, environment, owner } = target;
  const probe = [...command.slice(0, 2), 'host', 'probe', '--json'];
  const mend = `see what it says: ${commandLine(probe)}`;
  const said = await must(probe, mend, { env: environment, ...asUser(owner), timeoutMs: PROBE_MS });
  const { capabilities } = JSON.parse(said) as { capabilities: string[] };
  record.probed = { at: new Date().toISOString(), tags: capabilities };
  keepRecord(target, record);
  return capabilities.join(', ') || 'no tags at all';
}

/** Installs the service, or mends it; it is started anew when what it reads has changed since it was started. */
export async function mendService(
  target: Target,
  record: Onboarding,
  service: Service,
): Promise<{ done: boolean; detail: string }> {
  record.service = { kind: service.kind, unit: service.unit, path: service.file.path };
  for (const folder of missingFolders(service.file.path).slice(0, -1)) {
    makeFolder(folder, 0o755, service.file.owner);
    record.folders.push(folder);
  }
  keepRecord(target, record);
  const written = mendFile(service.file);
  const before = await service.status();
  const detail = `${service.unit}, ${service.kind}`;
  const run = async ({ command }: { command: string[] }) => {
    await must(command, `mend that, then run the same again; the service's log: ${commandLine(service.log)}`);
  };
  if (written || !before.enabled) for (const command of service.enable) await run(command);
  const stale = written || record.unread;
  if (!before.running) await run(service.start);
  else if (stale) await run(service.restart);
  record.unread = false;
  keepRecord(target, record);
  return { done: stale || !before.enabled || !before.running, detail };
}

/** Waits until the fleet sees the worker of this home. Throws `failed` with what to look at. */
export async function untilOnline(
  colibri: Colibri,
  target: Target,
  service: Service | null,
  withinMs: number,
): Promise<string> {
  const deadline = Date.now() + withinMs;
  for (let seen = 'it has not registered'; ; ) {
    const host = (await colibri.hosts.list()).find(({ name }) => name === target.name);
    if (host !== undefined) {
      seen = `it is ${host.status}`;
      if (host.status === 'online' || host.status === 'busy' || host.status === 'draining') {
        const { registration } = await colibri.hosts.show(target.name);
        if (registration?.hostId === identityHere(target)) return `${host.status}, ${host.slots.total} slots`;
        seen = 'another machine holds the name';
      }
    }
    if (Date.now() >= deadline) {
      const look = service === null ? 'look at what the worker says' : `look at its log: ${commandLine(service.log)}`;
      throw new ColibriError(
        'failed',
        `${target.name} does not come online: ${seen}`,
        `${look}; then run the same again`,
      );
    }
    await pause(Math.min(LOOK_EVERY_MS, Math.max(1, deadline - Date.now())));
  }
}
