import { SEARCH_ATTRIBUTES } from '../schemas/search-attributes.ts';
import { DYNAMIC_CONFIG } from './dynamic-config.ts';

/**
 * What a power cut may take. `normal` survives a killed process and syncs at checkpoints only (23 ms from submission
 * to start, 48 tasks/s); `full` syncs every transaction, so nothing acknowledged is lost even then, at 39 ms and 20.
 */
export type Durability = 'normal' | 'full';

export type ServerLogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface ServerArguments {
  ip: string;
  port: number;
  /** null: no Web UI. */
  uiPort: number | null;
  /** null: in memory. */
  dbFile: string | null;
  namespace: string;
  durability: Durability;
  logLevel: ServerLogLevel;
}

/** The command line of Temporal's development server, without the program's own name. */
export function serverArguments(o: ServerArguments): string[] {
  const args = ['server', 'start-dev', '--ip', o.ip, '--port', String(o.port)];
  if (o.uiPort === null) args.push('--headless');
  else args.push('--ui-ip', o.ip, '--ui-port', String(o.uiPort));
  if (o.namespace !== 'default') args.push('--namespace', o.namespace);
  if (o.dbFile !== null) {
    args.push('--db-filename', o.dbFile);
    args.push('--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', `synchronous=${o.durability.toUpperCase()}`);
  }
  for (const [key, value] of Object.entries(DYNAMIC_CONFIG)) args.push('--dynamic-config-value', `${key}=${value}`);
  for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES)) args.push('--search-attribute', `${name}=${type}`);
  args.push('--log-format', 'json', '--log-level', o.logLevel);
  return args;
}

/**
 * The server's environment: ours without what would make it read a person's Temporal settings or write to their home
 * (an in-memory server keeps its cluster id there).
 */
export function serverEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const dropped = /^(TEMPORAL_|HOME$|XDG_CONFIG_HOME$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !dropped.test(name)));
}
