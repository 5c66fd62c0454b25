// The clone's node_modules: installed from the lock file when they are missing or differ from it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { lastLine, run, SetupError } from './run.mjs';

/** @typedef {{ version?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} Locked */

/** @param {string} path @returns {Record<string, Locked>} */
function packagesIn(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

function usesGlibc() {
  if (process.platform !== 'linux') return false;
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return Boolean(report.header.glibcVersionRuntime);
}

/** Whether npm installs that optional package on this machine. @param {Locked} locked */
function isForThisMachine({ os, cpu, libc }) {
  if (!os?.includes(process.platform) || !cpu?.includes(process.arch)) return false;
  return !libc || libc.includes(usesGlibc() ? 'glibc' : 'musl');
}

/**
 * Whether node_modules holds exactly what the lock file says. npm writes its own record of an installation at the very
 * end of it, so an interrupted one never passes; nor does one for another platform, or another state of the lock file.
 * @param {string} root
 */
export function dependenciesMatch(root) {
  const locked = packagesIn(join(root, 'package-lock.json'));
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  if (Object.keys(installed).length === 0) return false;
  return Object.entries(locked).every(([path, wanted]) => {
    if (path === '') return true;
    const found = installed[path];
    if (found) return found.version === wanted.version;
    return Boolean(wanted.optional) && !isForThisMachine(wanted);
  });
}

/**
 * @param {{ root: string, env?: NodeJS.ProcessEnv, progress: import('./progress.mjs').Progress, signal?: AbortSignal }} options
 */
export async function ensureDependencies({ root, env = process.env, progress, signal }) {
  if (dependenciesMatch(root)) return;
  await withLock(
    join(root, '.colibri', 'install.lock'),
    async () => {
      if (dependenciesMatch(root)) return;
      // The npm that started us, if one did: it fits this Node, whichever comes first on PATH.
      const npm = env.npm_execpath?.endsWith('.js') ? [process.execPath, env.npm_execpath] : ['npm'];
      const [command = 'npm', ...before] = npm;
      const args = [...before, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
      await progress.step('Installing the dependencies', async () => {
        const { ok, output } = await run(command, args, { cwd: root, env, signal });
        if (!ok) throw new SetupError(`npm ci failed: ${npmReason(output)}`);
      });
    },
    { signal, onWait: (pid) => progress.note(`waiting for another set-up${pid ? ` (process ${pid})` : ''} to finish`) },
  );
}

/** @param {string} output */
function npmReason(output) {
  const said = output
    .split('\n')
    .flatMap((line) => /^npm error (?!code |A complete log)(.*\S.*)$/.exec(line)?.[1] ?? []);
  return said[0] ?? lastLine(output);
}
