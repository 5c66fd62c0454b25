import type { Command } from 'commander';
import { tokenFileOf } from '../credentials.ts';
import type { AgentUnregisterJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { removeToken } from '../token-file.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command
    .addHelpText('after', '\nIts token is void then, its name free, and the tasks that it held go to others.\n')
    .action((name: string, options: { json?: true }) =>
      withColibri(async (colibri) => {
        const agent = await colibri.agents.unregister(name);
        removeToken(await tokenFileOf(agent.name));
        const givenBack = agent.claims.map(({ taskId }) => taskId);
        return answer<AgentUnregisterJson>({ name: agent.name, givenBack }, options, render);
      }),
    );
}

function render({ name, givenBack }: AgentUnregisterJson): string {
  return `${name} is unregistered${givenBack.length > 0 ? `; given back: ${givenBack.join(', ')}` : ''}\n`;
}
