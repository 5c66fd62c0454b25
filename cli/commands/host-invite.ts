import { hostname } from 'node:os';
import type { Command } from 'commander';
import { serverAddress } from '../../client/connect.ts';
import { formatDuration } from '../../schemas/duration.ts';
import { HostName } from '../../schemas/fleet.ts';
import { InviteTtl } from '../../schemas/invite.ts';
import { checked, wholeNumber } from '../arguments.ts';
import type { HostInviteJson } from '../json-shapes.ts';
import { isLoopback, ServerAddress } from '../onboard/address.ts';
import { answer } from '../output/print.ts';
import type { RenderContext } from '../output/render.ts';
import { commandLine, wrap } from '../output/text.ts';
import { userName, withColibri } from '../with-colibri.ts';

const HELP = `
Whoever has the code may join while it is good; the server keeps none of it that would let anyone join. What it guards,
and what it does not: docs/onboarding.md.
`;

interface Options {
  name?: string;
  ttl: string;
  uses: number;
  address?: string;
  json?: true;
}

export function define(command: Command): void {
  command
    .option('--name <NAME>', 'the only name that may join by it (default: any)', checked(HostName))
    .option('--ttl <TIME>', 'how long the code is good, 7d at most', checked(InviteTtl), '1h')
    .option('--uses <N>', 'how many hosts may join by it', wholeNumber(1, 100), 1)
    .option('--address <HOST:PORT>', 'where the new machine reaches the server', checked(ServerAddress))
    .addHelpText('after', HELP)
    .action(invite);
}

async function invite({ name, ttl, uses, address, json }: Options): Promise<void> {
  const ttlMs = InviteTtl.parse(ttl);
  const server = serverAddress();
  // Others do not reach our loopback: the name of this machine is the best guess.
  const reached =
    address ?? server.address.replace(/^.*(?=:)/, (host) => (isLoopback(server.address) ? hostname() : host));
  await withColibri(async (colibri) => {
    const made = await colibri.invites.create({
      name: name === undefined ? null : HostName.parse(name),
      ttlMs,
      uses,
      by: userName(),
    });
    const namespace = server.namespace === 'default' ? [] : ['--namespace', server.namespace];
    const command = [
      ...['colibri', 'onboard', ServerAddress.parse(reached), '--code', made.code],
      ...(made.name === null ? [] : ['--name', made.name]),
      ...namespace,
    ];
    const guessed = address === undefined && isLoopback(server.address);
    await answer<HostInviteJson>({ ...made, command, guessed }, { ...(json && { json }) }, (value, context) =>
      render(value, ttlMs, context),
    );
  });
}

function render(
  { code, name, uses, command, guessed }: HostInviteJson,
  ttlMs: number,
  { paint, columns }: RenderContext,
): string {
  const times = uses.total === 1 ? 'once' : `${uses.total} times`;
  const guess = `This machine reaches the server on its own loopback; the new one must reach it as ${command[2]}. Another address: --address HOST:PORT.`;
  const note = guessed ? `\n${wrap(guess, columns).join('\n')}\n` : '';
  return (
    `${paint.bold(code)}  good ${times}, for ${formatDuration(ttlMs)}${name === null ? '' : `, as ${name}`}\n\n` +
    `On the new machine:\n  ${commandLine(command)}\n${note}`
  );
}
