import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAgentToken } from '../client/agent-token.ts';
import { ColibriError } from '../client/errors.ts';

/** Where the tokens of the agents registered here are kept, one file each, readable by their owner alone. */
export function tokenFile(home: string, agent: string): string {
  return join(home, 'agents', `${agent}.token`);
}

/** Makes the folder of a token's file, before there is a token that could be lost. Throws `failed`. */
export function prepareTokenFile(path: string): void {
  try {
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ColibriError(
      'failed',
      `the token could not be kept: ${(error as Error).message}`,
      'see --home, or give --no-save and keep it yourself',
    );
  }
}

/** Writes a token whole or not at all. */
export function saveToken(path: string, token: string): void {
  const part = `${path}.${process.pid}`;
  writeFileSync(part, `${token}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(part, path);
}

/** The token in a file; undefined when there is none. Throws `invalid` when what is there is none. */
export function readToken(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ColibriError('invalid', `${path}: ${(error as Error).message}`);
  }
  if (!isAgentToken(text)) throw new ColibriError('invalid', `${path} holds no token of an agent`);
  return text;
}

export function removeToken(path: string): void {
  rmSync(path, { force: true });
}
