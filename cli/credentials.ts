import { ColibriError } from '../client/errors.ts';
import type { Credentials } from '../client/identity.ts';
import { AgentName } from '../schemas/agent.ts';
import { readToken, tokenFile } from './token-file.ts';

let named: string | undefined;

/** Says as whom the command that is run acts: what its `--agent` gave. */
export function actAs(agent: string | undefined): void {
  named = agent;
}

/**
 * As whom this process acts: the agent that `--agent` or COLIBRI_AGENT names, or undefined for an operator. Throws `refused`
 * when there is no token for it.
 */
export async function credentials(env: NodeJS.ProcessEnv = process.env): Promise<Credentials | undefined> {
  const agent = (named ?? env.COLIBRI_AGENT)?.trim().toLowerCase();
  if (agent === undefined || agent === '') return undefined;
  const found = await credentialsOf(agent, env);
  if (found !== undefined) return found;
  throw new ColibriError(
    'refused',
    `no token of the agent ${agent} is known here`,
    'register it here (colibri agent register), or set COLIBRI_AGENT and COLIBRI_AGENT_TOKEN_FILE',
  );
}

/** For a command about one agent: as that agent, where nothing says as whom and its token is at hand. */
export async function asItself(agent: string, env: NodeJS.ProcessEnv = process.env): Promise<Credentials | undefined> {
  return env.COLIBRI_AGENT ? undefined : credentialsOf(agent, env);
}

/**
 * What proves that one is this agent, if it is at hand: the variables, where they are about this agent, else the file that
 * its registration left. Never an argument: anyone on the machine can read those.
 */
export async function credentialsOf(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Credentials | undefined> {
  const agent = name.trim().toLowerCase();
  const taskId = env.COLIBRI_TASK_ID === undefined ? {} : { taskId: env.COLIBRI_TASK_ID };
  const isAbout = env.COLIBRI_AGENT?.trim().toLowerCase() === agent;
  if (isAbout && env.COLIBRI_AGENT_TOKEN) return { agent, token: env.COLIBRI_AGENT_TOKEN, ...taskId };
  if (isAbout && env.COLIBRI_AGENT_TOKEN_FILE) {
    const token = readToken(env.COLIBRI_AGENT_TOKEN_FILE);
    if (token !== undefined) return { agent, token, ...taskId };
    throw new ColibriError('invalid', `COLIBRI_AGENT_TOKEN_FILE: there is no file ${env.COLIBRI_AGENT_TOKEN_FILE}`);
  }
  // What is no agent's name is no file's either.
  if (!AgentName.safeParse(agent).success) return undefined;
  const token = readToken(await tokenFileOf(agent, {}, env));
  return token === undefined ? undefined : { agent, token };
}

/** Where this process keeps the token of an agent. `flags`: those of the command, of which `home` and `config` matter. */
export async function tokenFileOf(
  agent: string,
  flags: Readonly<Record<string, unknown>> = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const { resolveConfig } = await import('./config/resolve.ts');
  const { home } = resolveConfig({ flags, env, cwd: process.cwd() }).values;
  return tokenFile(home, agent);
}
