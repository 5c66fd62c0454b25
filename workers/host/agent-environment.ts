/**
 * What an agent inherits of the worker's environment; nothing else, so that no secret of the worker reaches it. The
 * second line is what the proof of a tag rests on: `gui`, `wayland`, `docker` hold only for who sees the same.
 */
const INHERITED = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR'],
  ...['DISPLAY', 'XAUTHORITY', 'WAYLAND_DISPLAY', 'XDG_RUNTIME_DIR', 'DOCKER_HOST'],
];

/** The part of the worker's environment that agents see, and so must the probes. */
export function inheritedEnvironment(worker: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(worker)) {
    if (value !== undefined && (INHERITED.includes(name) || name.startsWith('LC_'))) env[name] = value;
  }
  return env;
}

export interface AgentIdentity {
  taskId: string;
  sessionId: string;
  attempt: number;
  workdir: string;
  host: string;
  /** Where it reads what was asked and answered, and who passed the task on. */
  contextFile: string;
  /** Where it may say how it ended. */
  reportFile: string;
  /** The answer to its last question. */
  answer: string | undefined;
  /** Variables that tell of what the task needed. */
  needs?: Readonly<Record<string, string>>;
  /** Its name, `command@debby`, and what proves that it is the one that has the task. */
  agent: string;
  token: string;
  server: { address: string; namespace: string };
}

/** The whole environment of an agent: the allow-list, where the server is, what its task gives, and who it is. */
export function agentEnvironment(
  given: Readonly<Record<string, string>>,
  identity: AgentIdentity,
  worker: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const env = inheritedEnvironment(worker);
  env.TEMPORAL_ADDRESS = identity.server.address;
  env.TEMPORAL_NAMESPACE = identity.server.namespace;
  Object.assign(env, given);
  env.COLIBRI_TASK_ID = identity.taskId;
  env.COLIBRI_SESSION_ID = identity.sessionId;
  env.COLIBRI_ATTEMPT = String(identity.attempt);
  env.COLIBRI_WORKDIR = identity.workdir;
  env.COLIBRI_HOST = identity.host;
  env.COLIBRI_CONTEXT = identity.contextFile;
  env.COLIBRI_REPORT = identity.reportFile;
  env.COLIBRI_AGENT = identity.agent;
  env.COLIBRI_AGENT_TOKEN = identity.token;
  if (identity.answer !== undefined) env.COLIBRI_ANSWER = identity.answer;
  Object.assign(env, identity.needs);
  return env;
}
