import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

/** Why hosts in network namespaces cannot be had here, or null when they can. */
function missing(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const [tool, ...args] of [
    ['ip', '-V'],
    ['iptables', '-V'],
    ['nsenter', '-V'],
    ['perl', '-v'],
  ] as const) {
    try {
      execFileSync(tool, args, { stdio: 'ignore' });
    } catch {
      return `${tool} is not installed`;
    }
  }
  const name = `colibri-${randomBytes(3).toString('hex')}`;
  try {
    execFileSync('ip', ['netns', 'add', name], { stdio: 'ignore' });
    execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
    return null;
  } catch {
    return 'this system makes no network namespaces';
  }
}

/** The reason to skip, for `describe.skipIf`; in CI there is none: what is missing fails the run. */
export function noNamespaces(): string | null {
  const reason = missing();
  if (reason === null) return null;
  if (process.env.CI) throw new Error(`the tests of hosts in network namespaces must run in CI, but ${reason}`);
  process.stderr.write(`  hosts in network namespaces are not tested: ${reason}\n`);
  return reason;
}
