import { join } from 'node:path';

export interface CgroupMount {
  /** The cgroup that is seen at the mount point: `/`, unless a container shows only a part. */
  root: string;
  mountPoint: string;
}

/** The cgroup v2 mounts in the text of /proc/self/mountinfo. */
export function parseCgroupMounts(mountinfo: string): CgroupMount[] {
  const mounts: CgroupMount[] = [];
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const fields = before?.split(' ') ?? [];
    const [root, mountPoint] = [fields[3], fields[4]];
    if (after?.split(' ')[0] !== 'cgroup2' || root === undefined || mountPoint === undefined) continue;
    mounts.push({ root: unescapeOctal(root), mountPoint: unescapeOctal(mountPoint) });
  }
  return mounts;
}

/** The path of this process in the v2 hierarchy, from the text of /proc/self/cgroup; null when it has none. */
export function parseOwnCgroup(text: string): string | null {
  return /^0::(\/.*)$/m.exec(text)?.[1] ?? null;
}

/**
 * The folder of our own cgroup under a mount; null when the mount does not show it. Runs are put below our own
 * cgroup: that is the part systemd delegates to a service, and an agent that itself runs a worker stays contained.
 */
export function ownCgroupFolder(mount: CgroupMount, own: string): string | null {
  if (own.startsWith('/..')) return null;
  if (mount.root === '/') return join(mount.mountPoint, own);
  if (own === mount.root || own.startsWith(`${mount.root}/`)) {
    return join(mount.mountPoint, own.slice(mount.root.length));
  }
  // A container without a cgroup namespace of its own: the mount shows what it may use.
  return null;
}

/** Mount tables write blanks and the like as \ooo. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
