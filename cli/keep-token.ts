import { tokenFileOf } from './credentials.ts';
import { oneLine } from './output/text.ts';
import { err } from './output/write.ts';
import { prepareTokenFile, saveToken } from './token-file.ts';

/** Keeps tokens for the commands of this user that follow, unless told not to. */
export interface TokenKeeper {
  /** Where the token is kept; null when it is not. A token that cannot be kept is told all the same. */
  keep(token: string): Promise<string | null>;
}

/** Makes ready to keep a token, so that what can go wrong does so before there is one. */
export async function tokenKeeper(agent: string, save: boolean): Promise<TokenKeeper> {
  if (!save) return { keep: async () => null };
  const path = await tokenFileOf(agent);
  prepareTokenFile(path);
  return {
    async keep(token) {
      try {
        saveToken(path, token);
        return path;
      } catch (error) {
        await err(`The token could not be kept: ${oneLine((error as Error).message)}\n`);
        return null;
      }
    },
  };
}

/** The token, which is told this once, and where it is kept. */
export function tokenLines(token: string, path: string | null): string {
  const kept = path === null ? 'keep it yourself: it is told only this once' : `kept in ${path}, told only this once`;
  return `token  ${token}\n       ${kept}\n`;
}
