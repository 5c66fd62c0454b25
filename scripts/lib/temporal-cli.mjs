// The `temporal` program that runs the embedded server: found, else downloaded, else built.
import { accessSync, chmodSync, constants, mkdirSync, renameSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cacheDir, platformSuffix } from './cache.mjs';
import { downloadProgram } from './download.mjs';
import { obtain } from './obtain.mjs';
import { silentProgress } from './progress.mjs';
import { lastLine, run, SetupError } from './run.mjs';

/** The newest that `go install` takes from the module proxy alone; later ones carry a `replace` line. */
export const CLI_VERSION = '1.5.1';
const GO_PACKAGE = 'github.com/temporalio/cli';
/** Oldest accepted on PATH: priorities and fairness came with these. */
const MIN_CLI = [1, 4];
const MIN_SERVER = [1, 28];

/** @param {string | undefined} version @param {readonly number[]} least */
function atLeast(version, least) {
  if (!version) return false;
  const parts = version.split('.').map(Number);
  for (const [i, wanted] of least.entries()) {
    const part = parts[i] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

/** Judges the output of `temporal --version`. @param {string} output */
export function isNewEnough(output) {
  const cli = /version (\d+\.\d+\.\d+)/.exec(output)?.[1];
  // A build from source calls itself 0.0.0-DEV; its server's version tells its age.
  if (!cli || cli === '0.0.0') return atLeast(/Server (\d+\.\d+\.\d+)/.exec(output)?.[1], MIN_SERVER);
  return atLeast(cli, MIN_CLI);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** @param {string} name @param {NodeJS.ProcessEnv} env */
export function onPath(name, env) {
  return (env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((dir) => join(dir, name))
    .find(isExecutable);
}

/** @param {NodeJS.ProcessEnv} env */
function cachedPath(env) {
  return join(cacheDir(env), 'bin', `temporal-${CLI_VERSION}-${platformSuffix()}`);
}

/**
 * Looks for the program without fetching anything: COLIBRI_TEMPORAL_CLI, PATH, cache.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {(line: string) => void} [note]
 * @returns {Promise<{ path: string, source: 'env' | 'path' | 'cache' } | null>}
 */
export async function findTemporalCli(env = process.env, note = () => {}) {
  const named = env.COLIBRI_TEMPORAL_CLI;
  if (named) {
    if (isExecutable(named)) return { path: named, source: 'env' };
    throw new SetupError(`COLIBRI_TEMPORAL_CLI names ${named}, which is not an executable file: correct or unset it.`);
  }
  const path = onPath('temporal', env);
  if (path) {
    const { ok, output } = await run(path, ['--version'], { env, timeoutMs: 10_000 });
    if (ok && isNewEnough(output)) return { path, source: 'path' };
    note(`${path} is not used: ${ok ? `${output.trim()} is older than ${MIN_CLI.join('.')}` : lastLine(output)}`);
  }
  const cached = cachedPath(env);
  return isExecutable(cached) ? { path: cached, source: 'cache' } : null;
}

/** @param {string} program @param {string} target */
async function putInPlace(program, target) {
  chmodSync(program, 0o755);
  const { ok, output } = await run(program, ['--version'], { timeoutMs: 30_000 });
  if (!ok) throw new SetupError(`the program does not run here: ${lastLine(output)}`);
  mkdirSync(dirname(target), { recursive: true });
  renameSync(program, target);
  return target;
}

/**
 * @param {string} temp
 * @param {NodeJS.ProcessEnv} env
 * @param {AbortSignal | undefined} signal
 * @param {(detail: string) => void} update
 */
async function buildWithGo(temp, env, signal, update) {
  if (!onPath('go', env)) throw new SetupError('Go is not installed');
  const flags = `-s -w -X ${GO_PACKAGE}/temporalcli.Version=${CLI_VERSION}`;
  let modules = 0;
  const { ok, output } = await run('go', ['install', '-ldflags', flags, `${GO_PACKAGE}/cmd/temporal@v${CLI_VERSION}`], {
    env: { ...env, GOBIN: temp },
    timeoutMs: 45 * 60_000,
    signal,
    onOutput: (text) => {
      modules += text.split('\n').filter((line) => line.startsWith('go: downloading')).length;
      update(`${modules} modules fetched`);
    },
  });
  if (!ok) throw new SetupError(`go install: ${lastLine(output)}`);
  return join(temp, 'temporal');
}
/**
 * The program, fetched or built on first use into the shared cache. Order: COLIBRI_TEMPORAL_CLI, PATH (1.4 or newer),
 * cache, Temporal's download, `go install`.
 * @param {{ env?: NodeJS.ProcessEnv, progress?: import('./progress.mjs').Progress, signal?: AbortSignal,
 *   firstByteMs?: number }} [options]
 * @returns {Promise<{ path: string, source: 'env' | 'path' | 'cache' | 'download' | 'go' }>}
 */
export async function ensureTemporalCli({ env = process.env, progress = silentProgress, signal, firstByteMs } = {}) {
  const found = await findTemporalCli(env, progress.note);
  if (found) return found;
  const target = cachedPath(env);
  return obtain({
    name: "Temporal's development server",
    env,
    progress,
    signal,
    find: () => (isExecutable(target) ? { path: target, source: /** @type {const} */ ('cache') } : null),
    ways: [
      {
        source: /** @type {const} */ ('download'),
        title: `Downloading Temporal's development server ${CLI_VERSION}`,
        get: async (intoDir, onProgress) => {
          const wanted = { artifact: 'cli', version: `v${CLI_VERSION}`, intoDir, env, firstByteMs, signal, onProgress };
          return putInPlace(await downloadProgram(wanted), target);
        },
      },
      {
        source: /** @type {const} */ ('go'),
        title: `Building Temporal's development server ${CLI_VERSION} with Go, once, for some minutes`,
        get: async (temp, update) => putInPlace(await buildWithGo(temp, env, signal, update), target),
      },
    ],
    advice: 'install Go 1.24 or newer, or name a `temporal` program in COLIBRI_TEMPORAL_CLI.',
  });
}
