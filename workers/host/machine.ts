import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Machine } from '../../schemas/fleet.ts';
import { bootId } from '../boot-clock.ts';

const MACHINE_ID_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id', '/etc/hostid'];

/** The id that the operating system keeps of its machine; empty where it has none, as in many containers. */
export function machineId(): string {
  for (const path of MACHINE_ID_FILES) {
    try {
      return readFileSync(path, 'utf8').trim();
    } catch {
      // Not on this system: the next one.
    }
  }
  if (process.platform !== 'freebsd') return '';
  try {
    return execFileSync('sysctl', ['-n', 'kern.hostuuid'], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

/** This machine as the fleet knows it. The system's own ids are not to leave it: only their digests do. */
export function thisMachine(): Machine {
  const id = machineId();
  return {
    id: id === '' ? '' : digest(`machine ${id}`),
    boot: digest(`boot ${bootId()}`),
    label: hostname(),
  };
}

function digest(text: string): string {
  return createHash('sha256').update(`colibri ${text}`).digest('hex').slice(0, 32);
}
