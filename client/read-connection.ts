import { ColibriError } from './errors.ts';

/** Reads settings of the connection as an environment, and the file that it names, have them. Throws `invalid`. */
export function readConnection<T>(
  env: NodeJS.ProcessEnv,
  load: (from: { overrideEnvVars: Record<string, string> }) => T,
): T {
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  try {
    return load({ overrideEnvVars: Object.fromEntries(given) });
  } catch (error) {
    throw new ColibriError(
      'invalid',
      `the connection settings cannot be read: ${(error as Error).message}`,
      'check TEMPORAL_* and the file that TEMPORAL_CONFIG_FILE names',
    );
  }
}
