import type { Command } from 'commander';
import { ColibriError } from '../../client/errors.ts';
import { readAgentName } from '../../client/identity.ts';
import type { AgentTokenJson } from '../json-shapes.ts';
import { tokenKeeper, tokenLines } from '../keep-token.ts';
import { answer } from '../output/print.ts';
import { withColibri } from '../with-colibri.ts';

interface Options {
  rotate?: true;
  save: boolean;
  json?: true;
}

export function define(command: Command): void {
  command
    .option('--rotate', 'make a new token; the old one is void at once')
    .option('--no-save', 'do not keep the token in the home folder')
    .action(rotate);
}

async function rotate(given: string, options: Options): Promise<void> {
  const name = readAgentName(given);
  if (!options.rotate) {
    throw new ColibriError(
      'invalid',
      'a token is told once, when it is made',
      `a new one: colibri agent token ${name} --rotate`,
    );
  }
  await withColibri(async (colibri) => {
    const keeper = await tokenKeeper(name, options.save);
    const token = await colibri.agents.rotateToken(name);
    const tokenFile = await keeper.keep(token);
    await answer<AgentTokenJson>({ name, token, tokenFile }, options, () => tokenLines(token, tokenFile));
  });
}
