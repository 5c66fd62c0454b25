import type { Command } from 'commander';
import { actingAgent } from '../acting-agent.ts';
import { answerGrant } from '../answer-grant.ts';
import { addInputsOption, checkInputsFolder, type InputsOption } from '../inputs-folder.ts';
import { withColibri } from '../with-colibri.ts';

const NOTES = `
It is yours as long as you send heartbeats, and then say what became of it:
  colibri agent heartbeat NAME --watch
  colibri task transition ID done --agent NAME --reason TEXT
`;

export function define(command: Command): void {
  addInputsOption(command).addHelpText('after', NOTES).action(claim);
}

async function claim(id: string, options: InputsOption & { json?: true }): Promise<void> {
  checkInputsFolder(options);
  await withColibri(async (colibri) => {
    const agent = actingAgent(colibri);
    await answerGrant(colibri, { ...(await colibri.board.claim(id, agent)), agent }, options);
  });
}
