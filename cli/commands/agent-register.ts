import type { Command } from 'commander';
import { readAgentName } from '../../client/identity.ts';
import { formatDuration } from '../../schemas/duration.ts';
import { HostName } from '../../schemas/fleet.ts';
import { checked, tags } from '../arguments.ts';
import { credentialsOf } from '../credentials.ts';
import type { AgentRegisterJson } from '../json-shapes.ts';
import { tokenKeeper, tokenLines } from '../keep-token.ts';
import { answer } from '../output/print.ts';
import type { RenderContext } from '../output/render.ts';
import { withColibri } from '../with-colibri.ts';

interface Options {
  capability?: string[];
  host?: string;
  runtime?: string;
  timeout?: string;
  force?: true;
  save: boolean;
  json?: true;
}

const EXAMPLES = `
  colibri agent register claude-1 --capability linux,docker --runtime claude
  colibri agent register reviewer --host debby --timeout 15m
Its token is kept in the home folder, readable by you alone, and used when --agent or COLIBRI_AGENT names the agent.
Elsewhere set COLIBRI_AGENT, and COLIBRI_AGENT_TOKEN or COLIBRI_AGENT_TOKEN_FILE. docs/agents.md tells the rest.
`;

export function define(command: Command): void {
  command
    .option('-c, --capability <TAGS>', 'tags that it has, separated by commas; may be given again', tags)
    .option('--host <NAME>', 'the machine it works on: it can do what that host can, besides', checked(HostName))
    .option('--runtime <NAME>', 'what it is, for people: claude, codex, ...')
    .option('--timeout <TIME>', 'how long it may be silent before its claims are given back (default: 5m)')
    .option('--force', 'take the name over from an agent that is stale or offline')
    .option('--no-save', 'do not keep the token in the home folder')
    .addHelpText('after', EXAMPLES)
    .action(register);
}

async function register(given: string, options: Options): Promise<void> {
  const name = readAgentName(given);
  const { capability: capabilities, host, runtime, timeout, force } = options;
  const known = await credentialsOf(name);
  const input = { name, capabilities, host, runtime, timeout, force, token: known?.token };
  const set = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  // One that names itself has no token yet to show.
  const self = process.env.COLIBRI_AGENT?.trim().toLowerCase() === name;
  await withColibri(
    async (colibri) => {
      const keeper = await tokenKeeper(name, options.save);
      const { agent, token } = await colibri.agents.register({ ...set, name });
      const tokenFile = token === null ? null : await keeper.keep(token);
      await answer<AgentRegisterJson>({ agent, token, tokenFile }, options, render);
    },
    self ? 'operator' : undefined,
  );
}

function render({ agent, token, tokenFile }: AgentRegisterJson, { paint }: RenderContext): string {
  const can =
    agent.tags.length > 0 ? `It can do: ${agent.tags.join(', ')}.` : 'It has no tags: it can take what needs none.';
  const told = token === null ? 'Its token is the one that it had.\n' : tokenLines(token, tokenFile);
  const limit = `Silent for ${formatDuration(agent.timeoutMs)} it is stale: colibri agent heartbeat ${agent.name} --watch`;
  return `${paint.bold(agent.name)} is registered. ${can}\n${told}${paint.dim(limit)}\n`;
}
