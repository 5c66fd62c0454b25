import type { Command } from 'commander';
import { ColibriError } from '../../client/errors.ts';
import { duration } from '../../schemas/duration.ts';
import { checked } from '../arguments.ts';
import type { OffboardJson } from '../json-shapes.ts';
import { confirm } from '../onboard/confirm.ts';
import { offboard } from '../onboard/offboard.ts';
import { readRecord } from '../onboard/record.ts';
import { Steps } from '../onboard/steps.ts';
import { readPlace } from '../onboard/target.ts';
import { renderOffboarded, renderStep } from '../output/onboard.ts';
import { answer } from '../output/print.ts';
import { terminalOf } from '../output/terminal.ts';
import { out } from '../output/write.ts';

const DEADLINE = duration({ minMs: 0, maxMs: 7 * 86_400_000 });

const HELP = `
It drains the host, stops and removes its service, lets the fleet forget it, and removes what onboarding and the worker
wrote. A file that onboarding found in place of one of its own is put back.
`;

interface Options {
  home?: string;
  user?: string;
  keepSessions?: true;
  now?: true;
  deadline: string;
  local?: true;
  yes?: true;
  json?: true;
}

export function define(command: Command): void {
  command
    .option('--keep-sessions', 'keep the transcripts of what ran here')
    .option('--now', 'do not wait for what runs here: it is ended, and goes to another host')
    .option('--deadline <TIME>', 'how long what runs here may go on', checked(DEADLINE), '30m')
    .option('--local', 'do not tell the fleet: for when the server is gone for good')
    .option('--home <DIR>', 'the home folder that was onboarded')
    .option('--user <USER>', 'whose home folder that is (default: who calls sudo, else who runs this)')
    .option('--yes', 'do not ask; needed where there is no terminal')
    .addHelpText('after', HELP)
    .action(run);
}

async function run({ json, yes, ...options }: Options): Promise<void> {
  const { home, owner } = readPlace(options);
  const record = readRecord(home);
  if (record === null) {
    throw new ColibriError(
      'not-found',
      `nothing was onboarded in ${home}`,
      'name another folder with --home, or its user with --user',
    );
  }
  if (!yes) {
    if (!process.stdin.isTTY)
      throw new ColibriError('invalid', '--yes: nobody can be asked here', 'give --yes to go on');
    await confirm(`Take ${record.name} out of the fleet, and remove what is in ${home}?`);
  }
  const steps = new Steps(async (step) => {
    if (!json) await out(renderStep(step, { ...terminalOf(), nowMs: Date.now() }));
  });
  const result = await offboard({
    ...{ home, owner, record, steps },
    keepSessions: options.keepSessions === true,
    local: options.local === true,
    drainMs: options.now ? 0 : DEADLINE.parse(options.deadline),
  });
  await answer<OffboardJson>(result, { ...(json && { json }) }, renderOffboarded);
}
