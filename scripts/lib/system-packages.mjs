// Programs of the operating system that the demo and the tests use: installed by apt when we may, else asked for.
import { lastLine, run } from './run.mjs';
import { onPath } from './temporal-cli.mjs';
import { pathWithTools, unpackTmux } from './tools.mjs';

/** Program -> package that brings it, by package manager; without an entry the program does not exist there. */
const PACKAGES = {
  apt: {
    tmux: 'tmux',
    ip: 'iproute2',
    tc: 'iproute2',
    iptables: 'iptables',
    java: 'default-jre-headless',
    mvn: 'maven',
  },
  dnf: { tmux: 'tmux', ip: 'iproute', tc: 'iproute-tc', iptables: 'iptables', java: 'java-headless', mvn: 'maven' },
  apk: {
    tmux: 'tmux',
    ip: 'iproute2',
    tc: 'iproute2-tc',
    iptables: 'iptables',
    java: 'openjdk21-jre-headless',
    mvn: 'maven',
  },
  pkg: { tmux: 'tmux', java: 'openjdk21', mvn: 'maven' },
  brew: { tmux: 'tmux', java: 'openjdk', mvn: 'maven' },
};

/** @type {[string, keyof typeof PACKAGES, string][]} */
const MANAGERS = [
  ['apt-get', 'apt', 'sudo apt-get install'],
  ['dnf', 'dnf', 'sudo dnf install'],
  ['apk', 'apk', 'sudo apk add'],
  ['brew', 'brew', 'brew install'],
  ['pkg', 'pkg', 'sudo pkg install'],
];

/** With what we unpacked, and the folders of administration programs, which an ordinary user's PATH may lack. @param {NodeJS.ProcessEnv} env */
function withSbin(env) {
  return { ...env, PATH: `${pathWithTools(env)}:/usr/sbin:/sbin` };
}

/**
 * Installs what is missing where we are root and apt is there; tmux, which the demo needs, even without being root.
 * @param {readonly string[]} programs
 * @param {{ env?: NodeJS.ProcessEnv, progress: import('./progress.mjs').Progress, signal?: AbortSignal }} options
 * @returns {Promise<string | null>} null when all are there, else one line: what is missing and how to get it
 */
export async function ensurePrograms(programs, { env = process.env, progress, signal }) {
  const missing = () => programs.filter((name) => !onPath(name, withSbin(env)));
  if (missing().length === 0) return null;
  const manager = MANAGERS.find(([program]) => onPath(program, withSbin(env)));
  const known = /** @type {Record<string, string>} */ (manager ? PACKAGES[manager[1]] : PACKAGES.apt);
  const wanted = [...new Set(missing().map((name) => known[name] ?? name))];
  let failure = '';
  if (manager?.[1] === 'apt' && process.getuid?.() === 0) {
    await progress.step(`Installing with apt: ${wanted.join(' ')}`, async () => {
      const options = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, signal, timeoutMs: 10 * 60_000 };
      // A stale or partly unreachable list may still do.
      await run('apt-get', ['update', '-q'], options);
      const { ok, output } = await run(
        'apt-get',
        ['install', '-y', '-q', '--no-install-recommends', ...wanted],
        options,
      );
      if (!ok) failure = ` (apt-get: ${lastLine(output)})`;
    });
  }
  if (manager?.[1] === 'apt' && missing().includes('tmux')) {
    await progress.step('Unpacking tmux into the cache', () => unpackTmux({ env, signal }));
  }
  const left = missing();
  if (left.length === 0) return null;
  return `${left.join(', ')} missing${failure}: ${manager?.[2] ?? 'install'} ${wanted.join(' ')}`;
}
