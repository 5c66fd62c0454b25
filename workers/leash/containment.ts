import { cgroupContainment } from './containment-cgroup.ts';
import { sweepContainment } from './containment-sweep.ts';
import type { Logger } from './logger.ts';

export type ContainmentKind = 'cgroup' | 'sweep';

/** A way to keep the processes of a run together, so that all of them can be found and ended. */
export interface Containment {
  readonly kind: ContainmentKind;
  /** The cgroup that holds those of all runs; null where none is used. Whoever goes last removes it. */
  readonly folder: string | null;
  /** Makes the place that a run will be started in; returns its cgroup folder, null where none is used. */
  open(cookie: string): string | null;
  /** What to spawn so that `command` runs in that place; its arguments reach the program untouched. */
  wrap(cgroup: string | null, command: readonly string[], env: Readonly<Record<string, string>>): WrappedCommand;
  /** Removes what was set up for all runs together. Call it when no run is left. */
  close(): void;
}

/** A place for a cgroup hierarchy that we mount ourselves, and whether others use it as well. */
export interface OwnMount {
  dir: string;
  isShared: () => boolean;
}

export interface WrappedCommand {
  file: string;
  args: string[];
}

/**
 * The strongest containment that works here, proven by ending a real process with it.
 * `COLIBRI_CONTAINMENT` (`cgroup` or `sweep`) asks for one by name; a `cgroup` that cannot be had is then an error.
 */
export async function chooseContainment(
  stateDir: string,
  log: Logger,
  mount: OwnMount = { dir: stateDir, isShared: () => false },
): Promise<Containment> {
  const asked = process.env.COLIBRI_CONTAINMENT;
  if (asked !== undefined && asked !== '' && asked !== 'cgroup' && asked !== 'sweep') {
    throw new Error(`COLIBRI_CONTAINMENT is '${asked}'; it may be 'cgroup' or 'sweep'`);
  }
  if (asked === 'sweep') return sweepContainment();
  const found = await cgroupContainment(stateDir, mount);
  if (typeof found !== 'string') return found;
  if (asked === 'cgroup') throw new Error(`COLIBRI_CONTAINMENT asks for cgroup, but ${found}`);
  log.info({ reason: found }, 'no cgroup for runs: their processes are kept by group and cookie');
  return sweepContainment();
}
