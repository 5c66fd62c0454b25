import { type Command, InvalidArgumentError } from 'commander';
import { duration } from '../../schemas/duration.ts';
import { changeDraining } from '../host-draining.ts';

export function define(command: Command): void {
  command
    .option('--wait', 'wait until nothing runs there any more')
    .option('--deadline <TIME>', 'hand over what still runs after this time, such as 30m; 0s: at once', deadline)
    .option('--reason <TEXT>', 'why, for those who look at the fleet')
    .addHelpText(
      'after',
      '\nThe deadline holds without this command, over restarts of everything;\n`colibri host resume` lifts it. Tasks that are handed over start again on other\nhosts; it does not count against them.\n',
    )
    .action(drain);
}

interface Options {
  json?: true;
  wait?: true;
  deadline?: number;
  reason?: string;
}

async function drain(name: string, { json, wait, deadline: deadlineMs, reason }: Options): Promise<void> {
  await changeDraining(name, true, {
    ...(json && { json }),
    ...(wait && { wait }),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(reason !== undefined && { reason }),
  });
}

function deadline(text: string): number {
  const parsed = duration({ minMs: 0 }).safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(`${parsed.error.issues.map(({ message }) => message).join(', ')}.`);
}
