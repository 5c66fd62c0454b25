import type { Command } from 'commander';
import { ColibriError } from '../../client/errors.ts';
import { AgentMood } from '../../schemas/agent.ts';
import { asItself } from '../credentials.ts';
import type { AgentJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { paintState } from '../output/states.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command
    .addHelpText('after', '\nSTATUS is idle, busy or away. An agent that holds a task is busy unless it is away.\n')
    .action(setStatus);
}

async function setStatus(name: string, status: string, options: { json?: true }): Promise<void> {
  const mood = AgentMood.safeParse(status);
  if (!mood.success) throw new ColibriError('invalid', `status: ${mood.error.issues[0]?.message}`);
  await withColibri(
    async (colibri) =>
      answer<AgentJson>(
        await colibri.agents.setStatus(name, mood.data),
        options,
        (agent, { paint }) => `${agent.name} is ${paintState(agent.status, paint)}: ${agent.why}\n`,
      ),
    await asItself(name),
  );
}
