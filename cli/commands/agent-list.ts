import type { Command } from 'commander';
import type { AgentListJson } from '../json-shapes.ts';
import { renderAgentList } from '../output/agent.ts';
import { answer } from '../output/print.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command.action((options: { json?: true }) =>
    withColibri(async (colibri) =>
      answer<AgentListJson>({ agents: await colibri.agents.list() }, options, ({ agents }, context) =>
        renderAgentList(agents, context),
      ),
    ),
  );
}
