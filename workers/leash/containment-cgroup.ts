import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanShell } from '../clean-shell.ts';
import { cgroupPids, killCgroup, removeCgroup } from './cgroup.ts';
import { ownCgroupFolder, parseCgroupMounts, parseOwnCgroup } from './cgroup-mounts.ts';
import type { Containment, OwnMount } from './containment.ts';
import { stateId } from './state-id.ts';

/** Far more than an agent with its builds and tests needs, far less than a fork bomb takes to stop a machine. */
const MAX_PROCESSES = 4096;

const PROBE_MS = 3_000;

/**
 * Joins the cgroup named by $0 and becomes the program: the same process, and no word of the command is read by the
 * shell. If the cgroup is gone the lease was lost before the program could start, and it must not.
 */
const JOIN = 'echo 0 > "$0" || exit 125; exec "$@"';

/** Containment by one cgroup v2 for each run, or the reason why there can be none. */
export async function cgroupContainment(
  stateDir: string,
  mount: OwnMount = { dir: stateDir, isShared: () => false },
): Promise<Containment | string> {
  if (process.platform !== 'linux') return 'only Linux has cgroups';
  const { folders, mounted } = candidates(mount.dir);
  const letGo = () => {
    if (mounted !== null && !mount.isShared()) unmount(mounted);
  };
  let reason = 'no cgroup v2 hierarchy is mounted';
  for (const folder of folders) {
    const base = join(folder, `colibri-${stateId(stateDir)}`);
    try {
      const containment = cgroupsBelow(base, letGo);
      await prove(containment);
      return containment;
    } catch (error) {
      removeCgroup(base);
      reason = `${folder} cannot be used: ${(error as Error).message}`;
    }
  }
  letGo();
  return reason;
}

/** Folders of our own cgroup, one for each place where the hierarchy is mounted; root may mount it if it is not. */
function candidates(mountDir: string): { folders: string[]; mounted: string | null } {
  const own = parseOwnCgroup(read('/proc/self/cgroup'));
  if (own === null) return { folders: [], mounted: null };
  const seen = () =>
    parseCgroupMounts(read('/proc/self/mountinfo')).flatMap((mount) => ownCgroupFolder(mount, own) ?? []);
  const folders = seen();
  const mountPoint = join(mountDir, 'cgroup2');
  if (folders.length > 0) {
    // A worker that came before us may have mounted it, and left it to us.
    return {
      folders,
      mounted: folders.some((folder) => `${folder}/`.startsWith(`${mountPoint}/`)) ? mountPoint : null,
    };
  }
  if (process.getuid?.() !== 0) return { folders, mounted: null };
  try {
    mkdirSync(mountPoint, { recursive: true, mode: 0o700 });
    execFileSync('mount', ['-t', 'cgroup2', 'none', mountPoint], { stdio: 'ignore' });
  } catch {
    return { folders: [], mounted: null };
  }
  return { folders: seen(), mounted: mountPoint };
}

function cgroupsBelow(base: string, letGo: () => void): Containment {
  mkdirSync(base, { recursive: true });
  enablePids(join(base, '..'));
  const limited = enablePids(base);
  return {
    kind: 'cgroup',
    folder: base,
    open(cookie) {
      const cgroup = join(base, cookie);
      // The leash of a former life may just have removed the folder of them all.
      mkdirSync(cgroup, { recursive: true });
      if (limited && enablePids(base)) writeFileSync(join(cgroup, 'pids.max'), String(MAX_PROCESSES));
      return cgroup;
    },
    wrap(cgroup, command, env) {
      return { file: '/bin/sh', args: cleanShell(JOIN, [join(String(cgroup), 'cgroup.procs'), ...command], env) };
    },
    close() {
      removeCgroup(base);
      letGo();
    },
  };
}

/** Starts a process in a cgroup, kills it through the cgroup and sees it empty; throws when any of that fails. */
async function prove(containment: Containment): Promise<void> {
  const cgroup = containment.open('probe');
  if (cgroup === null) return;
  accessSync(join(cgroup, 'cgroup.procs'), constants.W_OK);
  const { file, args } = containment.wrap(cgroup, ['/bin/sh', '-c', 'echo in; read line'], {});
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'ignore'], timeout: PROBE_MS, killSignal: 'SIGKILL' });
  const ended = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), ended]);
  const joined = cgroupPids(cgroup).includes(child.pid ?? 0);
  killCgroup(cgroup);
  await ended;
  if (!joined || child.signalCode !== 'SIGKILL') throw new Error('a process could not be moved into a cgroup');
  if (!removeCgroup(cgroup)) throw new Error('a cgroup did not become empty');
}

/** Lets the cgroups below have a limit of processes, where the pids controller belongs to this hierarchy. */
function enablePids(folder: string): boolean {
  try {
    if (!read(join(folder, 'cgroup.controllers')).split(/\s+/).includes('pids')) return false;
    writeFileSync(join(folder, 'cgroup.subtree_control'), '+pids');
    return true;
  } catch {
    return false; // Not ours to change: runs go without the limit.
  }
}

function unmount(mountPoint: string): void {
  try {
    execFileSync('umount', [mountPoint], { stdio: 'ignore' });
  } catch {
    // Still in use: the next start finds it mounted and uses it again.
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
