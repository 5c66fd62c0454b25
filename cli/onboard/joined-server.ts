import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { stateHome } from '../config/state-home.ts';

/** What names a server otherwise. */
const NAMED_BY = ['TEMPORAL_ADDRESS', 'TEMPORAL_CONFIG_FILE', 'TEMPORAL_PROFILE'];

/** The file by which the worker finds the server, in the form that all of Temporal's programs read. */
export function connectionFile(home: string): string {
  return join(home, 'temporal.toml');
}

/**
 * On a machine that was onboarded commands speak with the server it joined, unless something else names one: a variable,
 * or the file that Temporal's own programs read.
 */
export function useJoinedServer(env: NodeJS.ProcessEnv): void {
  if (NAMED_BY.some((name) => env[name])) return;
  const usual = join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'temporalio', 'temporal.toml');
  const joined = connectionFile(env.COLIBRI_HOME || stateHome(env));
  if (existsSync(joined) && !existsSync(usual)) env.TEMPORAL_CONFIG_FILE = joined;
}
