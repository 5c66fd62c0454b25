import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type ClientConfigTLS,
  type ConfigDataSource,
  clientConfigToToml,
  loadClientConfigProfile,
} from '@temporalio/envconfig';
import { readConnection } from '../../client/read-connection.ts';

/**
 * That file's text: this server, with the certificates and keys that the environment names, or that the file had. It may
 * hold a secret.
 */
export function profileText(
  server: { address: string; namespace: string },
  file: string,
  env: NodeJS.ProcessEnv,
): string {
  const { tls, ...profile } = readConnection(variablesFor(server, file, env), loadClientConfigProfile);
  return Buffer.from(
    clientConfigToToml({
      profiles: { default: { ...profile, ...server, ...(tls && { tls: absolutePaths(tls) }) } },
    }),
  ).toString('utf8');
}

/** The environment in which `connect` reaches that server before the file is written. */
export function variablesFor(
  { address, namespace }: { address: string; namespace: string },
  file: string,
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const source = env.TEMPORAL_CONFIG_FILE || (existsSync(file) ? file : undefined);
  return { ...env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, TEMPORAL_CONFIG_FILE: source };
}

/** The worker runs in another folder than whoever named them. */
function absolutePaths(tls: ClientConfigTLS): ClientConfigTLS {
  const absolute = (source: ConfigDataSource) => ('path' in source ? { path: resolve(source.path) } : source);
  return {
    ...tls,
    ...(tls.clientCert && { clientCert: absolute(tls.clientCert) }),
    ...(tls.clientKey && { clientKey: absolute(tls.clientKey) }),
    ...(tls.serverCACert && { serverCACert: absolute(tls.serverCACert) }),
  };
}
