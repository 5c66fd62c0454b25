/** What an agent inherits of the worker's environment; nothing else, so that no secret of the worker reaches it. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR'];

export interface AgentIdentity {
  taskId: string;
  sessionId: string;
  attempt: number;
  workdir: string;
}

/** The whole environment of an agent: the allow-list, what its task gives, and who it is. */
export function agentEnvironment(
  given: Readonly<Record<string, string>>,
  identity: AgentIdentity,
  worker: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(worker)) {
    if (value !== undefined && (INHERITED.includes(name) || name.startsWith('LC_'))) env[name] = value;
  }
  Object.assign(env, given);
  env['COLIBRI_TASK_ID'] = identity.taskId;
  env['COLIBRI_SESSION_ID'] = identity.sessionId;
  env['COLIBRI_ATTEMPT'] = String(identity.attempt);
  env['COLIBRI_WORKDIR'] = identity.workdir;
  return env;
}
