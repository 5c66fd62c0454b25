import { ColibriError } from '../../client/errors.ts';
import type { OnboardPrintJson } from '../json-shapes.ts';
import { commandLine } from '../output/text.ts';
import { contentOf, missingFolders } from './files.ts';
import type { Owner } from './owner.ts';
import { recordPath } from './record.ts';
import { chooseService, type Machine, type Service, type ServiceSettings, thisMachine } from './service.ts';
import type { Target } from './target.ts';

/** The service that is to run the worker; null when none is wanted. Throws `refused` where there can be none. */
export function planService(target: Target, wanted: boolean, machine: Machine = thisMachine()): Service | null {
  if (!wanted) return null;
  const service = chooseService(machine, serviceSettings(target));
  if (typeof service === 'string') {
    throw new ColibriError(
      'refused',
      service,
      `give --no-service, and run the worker yourself: ${commandLine(startCommand(target))}`,
    );
  }
  const standing = contentOf(service.file.path);
  if (standing !== null && standing !== service.file.content && !standing.includes(`COLIBRI_HOME=${target.home}`)) {
    throw new ColibriError(
      'refused',
      `${service.file.path} is a service of another worker`,
      'offboard that one first, or give --no-service',
    );
  }
  return service;
}

export function serviceSettings({ name, owner, home, command, environment }: Target): ServiceSettings {
  return { name, owner, home, command, environment };
}

/** What runs the worker by hand, as its user. */
export function startCommand({ owner, command, home, environment }: Target): string[] {
  const variables = [`COLIBRI_HOME=${home}`, `TEMPORAL_CONFIG_FILE=${environment.TEMPORAL_CONFIG_FILE}`];
  return [...becoming(owner), 'env', ...variables, ...command];
}

function becoming({ isMe, name }: Owner): string[] {
  if (isMe) return [];
  return process.platform === 'linux' ? ['runuser', '-u', name, '--'] : ['sudo', '-u', name];
}

/** All that onboarding would leave on this machine, and run. */
export function describePlan(target: Target, service: Service | null): OnboardPrintJson {
  const { name, owner, home, files } = target;
  const record = {
    path: recordPath(home),
    mode: 0o600,
    owner,
    content: null,
    about: 'what was done and when, for a second run and for offboard',
  };
  const planned = [...files, record, ...(service === null ? [] : [service.file])];
  const serviceFolders = service === null ? [] : missingFolders(service.file.path).slice(0, -1);
  const folders = [
    ...missingFolders(home).map((path) => ({ path, mode: '700', owner: owner.name })),
    ...serviceFolders.map((path) => ({ path, mode: '755', owner: service?.file.owner.name ?? owner.name })),
  ];
  return {
    name,
    user: owner.name,
    folders,
    files: planned.map((file) => ({
      path: file.path,
      mode: file.mode.toString(8),
      owner: file.owner.name,
      about: file.about,
      content: file.content,
    })),
    commands: service === null ? [] : [...service.enable, service.start],
    start: service === null ? startCommand(target) : null,
  };
}
