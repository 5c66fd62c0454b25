import { homedir } from 'node:os';
import { join } from 'node:path';

/** `$XDG_STATE_HOME/colibri`, or `~/.local/state/colibri`; the same rule for root. */
export function stateHome(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'), 'colibri');
}
