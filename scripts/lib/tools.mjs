// Programs of the operating system that were unpacked into the cache because nobody here may install them.
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheDir, makeTempDir, platformSuffix } from './cache.mjs';
import { run } from './run.mjs';

/** @param {NodeJS.ProcessEnv} [env] */
export function toolsDir(env = process.env) {
  return join(cacheDir(env), 'tools', platformSuffix());
}

/** The PATH of `env` with those programs after everybody else's. @param {NodeJS.ProcessEnv} [env] */
export function pathWithTools(env = process.env) {
  const tools = toolsDir(env);
  const path = env.PATH ?? '';
  return existsSync(tools) && !path.split(delimiter).includes(tools) ? `${path}${delimiter}${tools}` : path;
}

/** Libraries that every Debian has. */
const EVERYWHERE = /^(libc6|libtinfo6|libgcc-s1|libstdc\+\+6)$/;

/**
 * Unpacks tmux with its libraries from Debian's packages, which needs no rights. False where that does not work.
 * @param {{ env: NodeJS.ProcessEnv, signal?: AbortSignal }} options
 */
export async function unpackTmux({ env, signal }) {
  const cache = cacheDir(env);
  const temp = makeTempDir(cache);
  try {
    const options = { cwd: temp, env, signal, timeoutMs: 120_000 };
    const { output } = await run('apt-cache', ['depends', 'tmux'], options);
    const libraries = [...output.matchAll(/^ {2}Depends: (lib\S+)$/gm)].map(([, name]) => String(name));
    const packages = ['tmux', ...libraries.filter((name) => !EVERYWHERE.test(name))];
    if (!(await run('apt-get', ['download', '-q', ...packages], options)).ok) return false;
    for (const file of readdirSync(temp).filter((name) => name.endsWith('.deb'))) {
      if (!(await run('dpkg', ['-x', file, join(temp, 'tmux-files')], options)).ok) return false;
    }
    mkdirSync(toolsDir(env), { recursive: true });
    const files = join(toolsDir(env), 'tmux-files');
    rmSync(files, { recursive: true, force: true });
    renameSync(join(temp, 'tmux-files'), files);
    const libs = readdirSync(join(files, 'usr', 'lib')).map((name) => join(files, 'usr', 'lib', name));
    const launcher = join(temp, 'tmux');
    writeFileSync(launcher, `#!/bin/sh\nLD_LIBRARY_PATH='${libs.join(':')}' exec '${files}/usr/bin/tmux' "$@"\n`);
    chmodSync(launcher, 0o755);
    if (!(await run(launcher, ['-V'], options)).ok) return false;
    renameSync(launcher, join(toolsDir(env), 'tmux'));
    return true;
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}
