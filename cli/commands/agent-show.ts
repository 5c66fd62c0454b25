import type { Command } from 'commander';
import type { AgentJson } from '../json-shapes.ts';
import { renderAgent } from '../output/agent.ts';
import { answer } from '../output/print.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command.action((name: string, options: { json?: true }) =>
    withColibri(async (colibri) => answer<AgentJson>(await colibri.agents.show(name), options, renderAgent)),
  );
}
