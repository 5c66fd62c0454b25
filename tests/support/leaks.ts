import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ownCgroupFolder, parseCgroupMounts, parseOwnCgroup } from '../../workers/leash/cgroup-mounts.ts';

/** A process that is ending needs a moment; one that is still there after this was left behind. */
const SETTLE_MS = 5_000;
const NAMESPACES = '/run/netns';
const LINKS = '/sys/class/net';

export interface Before {
  namespaces: ReadonlySet<string>;
  links: ReadonlySet<string>;
  cgroups: ReadonlySet<string>;
}

export interface LeakSearch {
  runId: string;
  /** The folder of the run; a process that names it belongs to the run. */
  root: string;
  /** The folder in which tests keep temporary files. */
  temp: string;
  before: Before;
}

function list(path: string, wanted: (name: string) => boolean): string[] {
  try {
    return readdirSync(path).filter(wanted);
  } catch {
    return [];
  }
}

const isOurs = (name: string) => name.startsWith('colibri-');

/** What of ours exists before the run, so that only what the run adds is held against it. */
export function recordBefore(): Before {
  return {
    namespaces: new Set(list(NAMESPACES, isOurs)),
    links: new Set(list(LINKS, isOurs)),
    cgroups: new Set(cgroupsOfHosts()),
  };
}

/** Whether a process has this among its arguments, as a leash has the folder of its host's cgroups. */
function isNamed(path: string): boolean {
  return list('/proc', (name) => /^\d+$/.test(name)).some((pid) =>
    read(`/proc/${pid}/cmdline`).split('\0').includes(path),
  );
}

/** Folders that hosts started in our own cgroup have made there for their runs. */
function cgroupsOfHosts(): string[] {
  const own = parseOwnCgroup(read('/proc/self/cgroup'));
  const mounts = own === null ? [] : parseCgroupMounts(read('/proc/self/mountinfo'));
  return mounts
    .flatMap((mount) => ownCgroupFolder(mount, String(own)) ?? [])
    .flatMap((folder) => list(folder, isOurs).map((name) => join(folder, name)));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function workingFolder(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function runnersOwn(commandLine: string): boolean {
  return /\/vitest\/|vitest \d/.test(commandLine);
}

/** Processes of the run, as `pid command`; none can be seen where there is no /proc. */
export function leftProcesses({ runId, root }: Pick<LeakSearch, 'runId' | 'root'>): { pid: number; command: string }[] {
  return list('/proc', (name) => /^\d+$/.test(name) && Number(name) !== process.pid).flatMap((pid) => {
    const commandLine = read(`/proc/${pid}/cmdline`);
    // Zombies have no command line: they wait for whoever takes in orphans, and hold nothing.
    if (commandLine === '' || runnersOwn(commandLine.replaceAll('\0', ' '))) return [];
    const environment = read(`/proc/${pid}/environ`);
    const belongs =
      environment.includes(`COLIBRI_TEST_RUN=${runId}`) ||
      [environment, commandLine, workingFolder(pid)].some((text) => text.includes(root));
    return belongs ? [{ pid: Number(pid), command: commandLine.replaceAll('\0', ' ').slice(0, 160) }] : [];
  });
}

function added(now: readonly string[], before: ReadonlySet<string>): string[] {
  return now.filter((name) => !before.has(name));
}

/** One line for each thing left behind; processes among them are killed, so that the next run starts clean. */
export async function findLeaks(search: LeakSearch): Promise<string[]> {
  const deadline = Date.now() + SETTLE_MS;
  let processes = leftProcesses(search);
  while (processes.length > 0 && Date.now() < deadline) {
    await delay(100);
    processes = leftProcesses(search);
  }
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Ended meanwhile.
    }
  }
  return [
    ...processes.map(({ pid, command }) => `process ${pid}: ${command}`),
    ...added(list(NAMESPACES, isOurs), search.before.namespaces).map((name) => `network namespace ${name}`),
    ...added(list(LINKS, isOurs), search.before.links).map((name) => `network link ${name}`),
    // Another run of these tests may have hosts of its own.
    ...added(
      cgroupsOfHosts().filter((path) => !isNamed(path)),
      search.before.cgroups,
    ).map((path) => `cgroup ${path}`),
    ...list(search.temp, () => true).map((name) => `file ${join(search.temp, name)}`),
  ];
}
