import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, homedir, hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'smol-toml';
import { ColibriError } from '../../client/errors.ts';
import {
  type Config,
  ConfigFile,
  fileKeyOf,
  flagOf,
  SETTING_KEYS,
  type SettingKey,
  settingOf,
  variableOf,
} from '../../schemas/config.ts';
import { plainWords } from '../../schemas/plain-words.ts';
import type { Surroundings } from '../../schemas/setting.ts';
import { stateHome } from './state-home.ts';

export type SourceKind = 'flag' | 'variable' | 'file' | 'default';

/** Where a value comes from; `name` is the flag, the variable or the file. */
export interface Source {
  kind: SourceKind;
  name: string | null;
}

export interface ResolvedConfig {
  values: Config;
  sources: Record<SettingKey, Source>;
  /** The configuration file that was read, or null. */
  file: string | null;
}

export interface ConfigInputs {
  /** Options as commander gives them, by setting. `config`: path of the file. */
  flags: Readonly<Record<string, unknown>>;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** What defaults depend on; the machine's by default. */
  around?: Partial<Surroundings>;
}

interface Given {
  source: Source;
  raw: unknown;
  /** How the value is written there, for messages. */
  says: string;
}

/**
 * What holds: flags over variables over the file over defaults. The file is the one that `--config` or COLIBRI_CONFIG
 * names, else `config.toml` in the home folder, if there is one. Throws `invalid`, naming each bad value with its source.
 */
export function resolveConfig(inputs: ConfigInputs): ResolvedConfig {
  const around: Surroundings = {
    home: stateHome(inputs.env),
    hostname: hostname(),
    cores: availableParallelism(),
    ...inputs.around,
  };
  const { file, content } = readConfigFile(inputs, around);
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  const sources = {} as Record<SettingKey, Source>;
  for (const key of SETTING_KEYS) {
    const given = fromFlag(key, inputs) ?? fromVariable(key, inputs) ?? fromFile(key, file, content);
    sources[key] = given?.source ?? { kind: 'default', name: null };
    if (given === undefined) values[key] = settingOf(key).fallback(around);
    else {
      const parsed = settingOf(key).schema.safeParse(given.raw);
      if (!parsed.success) {
        problems.push(`${given.says}: ${parsed.error.issues.map(plainWords).join(', ')}`);
        continue;
      }
      values[key] = settingOf(key).path ? absolute(String(parsed.data), given.source, inputs) : parsed.data;
    }
    // The first of the settings, on which other defaults depend.
    if (key === 'home') around.home = String(values[key]);
  }
  if (problems.length > 0) {
    throw new ColibriError('invalid', problems.join('; '), 'see `colibri config --help` for what can be set');
  }
  return { values: values as unknown as Config, sources, file };
}

function fromFlag(key: SettingKey, { flags }: ConfigInputs): Given | undefined {
  const raw = flags[key];
  if (raw === undefined) return undefined;
  const name = flagOf(key);
  return { source: { kind: 'flag', name }, raw, says: `${name} ${String(raw)}` };
}

/** An empty variable is an unset one: service managers cannot always leave a line out. */
function fromVariable(key: SettingKey, { env }: ConfigInputs): Given | undefined {
  const name = variableOf(key);
  const raw = env[name];
  if (raw === undefined || raw === '') return undefined;
  return { source: { kind: 'variable', name }, raw, says: `${name}=${raw}` };
}

function fromFile(key: SettingKey, file: string | null, content: Record<string, unknown>): Given | undefined {
  const name = fileKeyOf(key);
  if (file === null || content[name] === undefined) return undefined;
  return { source: { kind: 'file', name: file }, raw: content[name], says: `${name} in ${file}` };
}

function readConfigFile(
  inputs: ConfigInputs,
  around: Surroundings,
): { file: string | null; content: Record<string, unknown> } {
  const named = inputs.flags.config ?? (inputs.env.COLIBRI_CONFIG || undefined);
  const home = (inputs.flags.home ?? (inputs.env.COLIBRI_HOME || undefined) ?? around.home) as string;
  const file = resolve(inputs.cwd, tilde(String(named ?? join(home, 'config.toml')), inputs.env));
  if (!existsSync(file)) {
    if (named === undefined) return { file: null, content: {} };
    throw new ColibriError('invalid', `there is no configuration file ${file}`, 'correct --config or COLIBRI_CONFIG');
  }
  let content: Record<string, unknown>;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const { message, line } = error as Error & { line?: number };
    const [first = ''] = message.split('\n');
    const where = line === undefined ? '' : `, line ${line}`;
    throw new ColibriError('invalid', `${file}${where}: ${first}`, 'it is TOML, such as slots = 4');
  }
  const keys = ConfigFile.safeParse(content);
  const unknown = keys.error?.issues.filter((issue) => issue.code === 'unrecognized_keys') ?? [];
  if (unknown.length > 0) {
    throw new ColibriError('invalid', `${file}: ${unknown.map((issue) => issue.message).join('; ')}`);
  }
  return { file, content };
}

function absolute(path: string, source: Source, { cwd, env }: ConfigInputs): string {
  const base = source.kind === 'file' && source.name !== null ? dirname(source.name) : cwd;
  return resolve(base, tilde(path, env));
}

/** Only a shell knows `~`; in a file and in many a service's variables nobody expands it. */
function tilde(path: string, env: NodeJS.ProcessEnv): string {
  return path === '~' || path.startsWith('~/') ? join(env.HOME || homedir(), path.slice(1)) : path;
}
