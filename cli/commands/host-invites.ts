import type { Command } from 'commander';
import type { InviteView } from '../../schemas/invite.ts';
import type { HostInvitesJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import type { RenderContext } from '../output/render.ts';
import { table } from '../output/table.ts';
import { oneLine } from '../output/text.ts';
import { ago } from '../output/time.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command
    .option('--revoke <ID>', 'end an invitation: its id, or its code')
    .addHelpText('after', '\nCodes are shown once, when they are made; the id is the first part of the code.\n')
    .action(invites);
}

async function invites({ revoke, json }: { revoke?: string; json?: true }): Promise<void> {
  await withColibri(async (colibri) => {
    const shown = revoke === undefined ? await colibri.invites.list() : [await colibri.invites.revoke(revoke)];
    await answer<HostInvitesJson>({ invites: shown }, { ...(json && { json }) }, render);
  });
}

function render({ invites: shown }: HostInvitesJson, { paint, columns, nowMs }: RenderContext): string {
  if (shown.length === 0) return 'There are no invitations. Make one: colibri host invite\n';
  const newest = [...shown].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  const rows = newest.map((invite: InviteView) => [
    invite.id,
    invite.state,
    invite.name ?? 'any',
    `${invite.uses.left}/${invite.uses.total}`,
    ago(invite.expiresAt, nowMs),
    oneLine(invite.by),
    invite.joined.map(({ name }) => name).join(' ') || '-',
  ]);
  return table(['ID', 'STATE', 'NAME', 'LEFT', 'EXPIRES', 'BY', 'JOINED'], rows, {
    width: columns,
    flexible: [6],
    right: [3],
    heading: paint.dim,
  });
}
