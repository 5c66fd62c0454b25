import type { Command } from 'commander';
import { actingAgent } from '../acting-agent.ts';
import type { TaskClaimJson } from '../json-shapes.ts';
import { renderGrant } from '../output/claim.ts';
import { answer } from '../output/print.ts';
import { withColibri } from '../with-colibri.ts';

const NOTES = `
It is yours as long as you send heartbeats: colibri agent heartbeat NAME --watch
Say what became of it:                      colibri task transition ID done --agent NAME --reason TEXT
`;

export function define(command: Command): void {
  command.addHelpText('after', NOTES).action((id: string, options: { json?: true }) =>
    withColibri(async (colibri) => {
      const agent = actingAgent(colibri);
      const grant = await colibri.board.claim(id, agent);
      await answer<TaskClaimJson>({ ...grant, agent }, options, renderGrant);
    }),
  );
}
