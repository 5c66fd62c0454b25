import { existsSync } from 'node:fs';
import type { PlannedFile } from './files.ts';
import type { Owner } from './owner.ts';
import { rcService } from './rcd.ts';
import type { ServiceKind } from './record.ts';
import type { PlannedCommand } from './run-command.ts';
import { systemdService } from './systemd.ts';

/** What a service of the worker has to say. */
export interface ServiceSettings {
  name: string;
  owner: Owner;
  home: string;
  /** The worker's command line, and what it finds in its environment. */
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
}

export interface ServiceStatus {
  enabled: boolean;
  running: boolean;
}

/** The worker as a service of the system's own manager. */
export interface Service {
  kind: ServiceKind;
  unit: string;
  file: PlannedFile;
  /** After the file was written: makes the manager read it and start it at boot. */
  enable: PlannedCommand[];
  start: PlannedCommand;
  restart: PlannedCommand;
  /** Stops it, for good. */
  disable: PlannedCommand[];
  /** After the file was removed. */
  forget: PlannedCommand[];
  status(): Promise<ServiceStatus>;
  /** The command that shows its log. */
  log: string[];
}

/** What of the machine decides how a service is run there. */
export interface Machine {
  platform: NodeJS.Platform;
  isRoot: boolean;
  systemd: boolean;
  rc: boolean;
}

export function thisMachine(): Machine {
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    // What sd_booted(3) looks at.
    systemd: existsSync('/run/systemd/system'),
    rc: process.platform === 'freebsd' && existsSync('/etc/rc.subr'),
  };
}

/** The service for this machine, or why there can be none. */
export function chooseService(machine: Machine, settings: ServiceSettings): Service | string {
  if (machine.systemd) return systemdService(machine.isRoot ? 'system' : 'user', settings);
  if (!machine.rc) return 'there is no systemd here, nor FreeBSD’s rc, to run the worker as a service';
  if (!machine.isRoot) return 'only root can install a service of rc';
  return rcService(settings);
}

/** The service that an earlier onboarding installed, whatever is chosen now. */
export function serviceOf(kind: ServiceKind, settings: ServiceSettings): Service {
  if (kind === 'rc.d') return rcService(settings);
  return systemdService(kind === 'systemd' ? 'system' : 'user', settings);
}
