import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { ColibriError } from '../../client/errors.ts';

/** The user that the worker runs as. `isMe`: whoever runs this command. */
export interface Owner {
  name: string;
  uid: number;
  gid: number;
  home: string;
  isMe: boolean;
}

/**
 * The user that is asked for; else who called `sudo`; else who runs this. Only root may name another. Throws `invalid`,
 * `not-found`.
 */
export function findOwner(asked: string | undefined, env: NodeJS.ProcessEnv = process.env): Owner {
  const uid = process.getuid?.() ?? -1;
  const bySudo = uid === 0 && env.SUDO_USER && env.SUDO_USER !== 'root' ? env.SUDO_USER : undefined;
  const wanted = asked ?? bySudo;
  const me = whoRunsThis(env);
  if (wanted === undefined || wanted === me.name) return me;
  const found = lookUp(wanted);
  if (found === null) {
    throw new ColibriError('not-found', `--user: there is no user "${wanted}" here`, `make one: ${makeUser(wanted)}`);
  }
  if (found.uid !== uid && uid !== 0) {
    throw new ColibriError('invalid', `--user: only root may have the worker run as ${wanted}`, 'use sudo');
  }
  return { ...found, isMe: found.uid === uid };
}

/** What a process of this user sees of who it is. */
export function identityVariables({ name, home }: Owner): Record<string, string> {
  return { HOME: home, USER: name, LOGNAME: name };
}

/** What makes the system start a child as this user. */
export function asUser({ isMe, uid, gid }: Owner): { uid?: number; gid?: number } {
  return isMe ? {} : { uid, gid };
}

function whoRunsThis(env: NodeJS.ProcessEnv): Owner {
  const uid = process.getuid?.() ?? -1;
  const gid = process.getgid?.() ?? -1;
  try {
    const { username, homedir } = userInfo();
    return { name: username, uid, gid, home: env.HOME || homedir, isMe: true };
  } catch {
    // A uid without an entry, as in containers.
    return { name: String(uid), uid, gid, home: env.HOME || '/', isMe: true };
  }
}

function lookUp(name: string): Omit<Owner, 'isMe'> | null {
  // A name of digits alone would be taken for a number.
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*\$?$/.test(name)) return null;
  try {
    const line = execFileSync('getent', ['passwd', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const [found = '', , uid, gid, , home = '/'] = line.trim().split(':');
    return { name: found, uid: Number(uid), gid: Number(gid), home };
  } catch {
    return null;
  }
}

function makeUser(name: string): string {
  return process.platform === 'freebsd' ? `pw useradd ${name} -m` : `useradd --create-home ${name}`;
}
