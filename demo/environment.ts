import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where programs that probes start look for what is installed, when nothing else is said: below the home folder. */
const BELOW_HOME = { RUSTUP_HOME: '.rustup', CARGO_HOME: '.cargo', PYENV_ROOT: '.pyenv', DOCKER_CONFIG: '.docker' };

/** A person's own settings of Temporal and Colibri, which are for other servers and hosts. */
const SETTINGS = /^(TEMPORAL_|COLIBRI_(?!CACHE$|TEMPORAL_CLI$))/;

/**
 * The environment of the demo's workers: ours without a person's settings, and with `home` as home folder, because
 * compilers and the like write there when a probe starts them.
 */
export function workerEnvironment(home: string, ours: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const env = Object.fromEntries(Object.entries(ours).filter(([name]) => !SETTINGS.test(name)));
  for (const [name, folder] of Object.entries(BELOW_HOME)) {
    const path = join(ours.HOME ?? homedir(), folder);
    if (env[name] === undefined && existsSync(path)) env[name] = path;
  }
  for (const name of ['XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME', 'XDG_DATA_HOME']) delete env[name];
  return { ...env, HOME: home };
}
