import { join, resolve } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { serverAddress } from '../../client/connect.ts';
import { ColibriError } from '../../client/errors.ts';
import { fileKeyOf, type SettingKey, settingOf } from '../../schemas/config.ts';
import { packageRoot } from '../../workers/version.ts';
import { keysOf } from '../config/flags.ts';
import { resolveConfig } from '../config/resolve.ts';
import { stateHome } from '../config/state-home.ts';
import { ServerAddress } from './address.ts';
import { contentOf, type PlannedFile } from './files.ts';
import { connectionFile } from './joined-server.ts';
import { findOwner, identityVariables, type Owner } from './owner.ts';
import { profileText } from './profile.ts';
import { type Onboarding, readRecord } from './record.ts';

/** Options as commander gives them; beside these every setting of a host's worker. */
export interface TargetOptions {
  user?: string;
  home?: string;
  namespace?: string;
  [setting: string]: unknown;
}

/** What this machine is to become. */
export interface Target {
  name: string;
  address: string;
  namespace: string;
  owner: Owner;
  home: string;
  /** The two files of the worker's configuration. */
  files: [config: PlannedFile, connection: PlannedFile];
  /** The worker's command line, and the variables that it is started with. */
  command: string[];
  environment: Record<string, string>;
  /** What an earlier run did here. */
  record: Onboarding | null;
}

const HEAD = '# The settings of this host; `colibri config` explains them. Written by `colibri onboard`.\n';

/** Puts together what is asked for with what is here already. Throws `invalid`, naming what is wrong. */
export function readTarget(given: string | undefined, options: TargetOptions, env = process.env): Target {
  const { owner, home } = readPlace(options, env);
  const record = readRecord(home);
  const { address, namespace } = readServer(given, options, record, env);
  const settings = readSettings(options, home, env);
  if (record?.joinedAt) {
    refuseOther('--name', record.name, settings.name);
    refuseOther('the address', record.address, address);
    refuseOther('--namespace', record.namespace, namespace);
    refuseOther('--user', record.user, owner.name);
  }
  const config = { path: join(home, 'config.toml'), mode: 0o600, owner, content: settings.text, about: 'its settings' };
  const connection = {
    ...{ path: connectionFile(home), mode: 0o600, owner, about: 'how it reaches the server' },
    content: profileText({ address, namespace }, connectionFile(home), env),
  };
  return {
    ...{ name: settings.name, address, namespace, owner, home, record },
    files: [config, connection],
    command: [process.execPath, join(packageRoot, 'bin', 'colibri.js'), 'worker', 'host'],
    environment: { ...identityVariables(owner), ...workerEnvironment(home, env) },
  };
}

/** Whose worker it is, and where it keeps its state. */
export function readPlace(
  { user, home }: Pick<TargetOptions, 'user' | 'home'>,
  env = process.env,
): { owner: Owner; home: string } {
  const owner = findOwner(user, env);
  // Of another user only the home folder is known, not what its shell sets.
  const usual = stateHome(owner.isMe ? env : { HOME: owner.home });
  return { owner, home: resolve(home ?? (env.COLIBRI_HOME || usual)) };
}

/** What the worker finds in its environment beside who it is. */
export function workerEnvironment(home: string, env = process.env): Record<string, string> {
  // Agents and probes see the PATH of whoever onboards: a service's own is shorter.
  const path = (env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/'));
  return { PATH: [...new Set(path)].join(':'), COLIBRI_HOME: home, TEMPORAL_CONFIG_FILE: connectionFile(home) };
}

function readServer(
  given: string | undefined,
  { namespace }: TargetOptions,
  record: Onboarding | null,
  env: NodeJS.ProcessEnv,
): { address: string; namespace: string } {
  if (given === undefined && record === null) {
    throw new ColibriError(
      'invalid',
      'ADDRESS: say where the server is',
      '`colibri host invite`, on a machine of the fleet, prints the whole command',
    );
  }
  const address = given === undefined ? (record as Onboarding).address : ServerAddress.safeParse(given);
  if (typeof address === 'object' && !address.success) {
    throw new ColibriError('invalid', `ADDRESS: ${address.error.issues[0]?.message}`);
  }
  return {
    address: typeof address === 'string' ? address : (address.data as string),
    namespace: namespace ?? record?.namespace ?? serverAddress(env).namespace,
  };
}

/** What was said, by flag or variable, over what the file says already. */
function readSettings(options: TargetOptions, home: string, env: NodeJS.ProcessEnv): { name: string; text: string } {
  const path = join(home, 'config.toml');
  const { values, sources } = resolveConfig({
    flags: { ...options, home, config: undefined },
    env: { ...env, COLIBRI_CONFIG: undefined },
    cwd: process.cwd(),
  });
  const existing = contentOf(path);
  const kept = existing === null ? {} : parse(existing);
  const said = Object.fromEntries(
    keysOf(['host'])
      .filter((key) => key !== 'home')
      .filter((key) => key === 'name' || sources[key].kind === 'flag' || sources[key].kind === 'variable')
      .map((key) => [fileKeyOf(key), asWritten(key, values[key])]),
  );
  const settings = { ...kept, ...said };
  // A file that says the same is left as it is, with all that its owner wrote around it.
  if (existing !== null && stringify(settings) === stringify(kept)) return { name: values.name, text: existing };
  return { name: values.name, text: `${HEAD}${stringify(settings)}` };
}

/** A value in the form that people write it in. */
function asWritten(key: SettingKey, value: unknown): unknown {
  const { show } = settingOf(key);
  return Array.isArray(value) || show === undefined ? value : show(value as never);
}

function refuseOther(what: string, was: string, is: string): void {
  if (was === is) return;
  throw new ColibriError(
    'refused',
    `this machine was onboarded with ${what} ${was}, not ${is}`,
    'leave it as it is, or `colibri offboard` first',
  );
}
