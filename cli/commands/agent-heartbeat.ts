import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { AgentHeartbeat } from '../../client/agent-heartbeat.ts';
import type { Colibri } from '../../client/colibri.ts';
import { ColibriError } from '../../client/errors.ts';
import { duration, formatDuration } from '../../schemas/duration.ts';
import { wholeNumber } from '../arguments.ts';
import { asItself } from '../credentials.ts';
import { pause, throughOutages } from '../follow.ts';
import { leaveOnInterrupt } from '../interrupt.ts';
import type { AgentHeartbeatJson } from '../json-shapes.ts';
import { renderHeartbeat } from '../output/agent.ts';
import { answer } from '../output/print.ts';
import { clockTime } from '../output/time.ts';
import { err, out, printJson } from '../output/write.ts';
import { outageOnStderr } from '../watchers.ts';
import { withColibri } from '../with-colibri.ts';

interface Options {
  watch?: true;
  every?: number;
  pid?: number;
  json?: true;
}

/** Of an agent's time-out: so that two heartbeats may fail before it is stale. */
const PART_OF_TIMEOUT = 1 / 3;
const LONGEST_PAUSE_MS = 30_000;
/** How often it is looked whether the process that --pid names still lives. */
const LOOK_EVERY_MS = 1_000;

const HELP = `
It renews the presence of the agent and each of its claims, and says how each stands: held, to be stopped, or lost.
The exit code is 0 also when claims are lost; 3 when there is no such agent (any more), 4 when the token is not its own.
With --watch it goes on through outages of the server, until Ctrl-C or the end of the process that --pid names.
`;

export function define(command: Command): void {
  command
    .option('-w, --watch', 'go on heartbeating until Ctrl-C')
    .option(
      '--every <TIME>',
      'time between two heartbeats, with --watch (default: a third of its time-out, at most 30s)',
      every,
    )
    .option('--pid <PID>', 'go on only as long as this process lives, with --watch', wholeNumber(1, 2 ** 31 - 1))
    .addHelpText('after', HELP)
    .action(heartbeat);
}

async function heartbeat(name: string, options: Options): Promise<void> {
  const goesOn = options.watch ?? (options.every !== undefined || options.pid !== undefined);
  await withColibri(
    async (colibri) => {
      const beat = await colibri.agents.heartbeat(name);
      if (!goesOn) return answer<AgentHeartbeatJson>(beat, options, renderHeartbeat);
      const note = `${beat.name} is heard no more; it is stale after ${formatDuration(beat.timeoutMs)}.`;
      await leaveOnInterrupt(note, () => goOn(colibri, beat, options));
      await err(`process ${options.pid} has ended: ${note}\n`);
    },
    await asItself(name),
  );
}

/** Heartbeats until the process that it goes by has ended. What is new is printed; with `--json` every answer. */
async function goOn(colibri: Colibri, first: AgentHeartbeat, { every, pid, json }: Options): Promise<void> {
  const { name, timeoutMs } = first;
  if (every !== undefined && every >= timeoutMs) {
    throw new ColibriError(
      'invalid',
      `--every: it must be shorter than the agent's time-out of ${formatDuration(timeoutMs)}`,
    );
  }
  const pauseMs = every ?? Math.min(LONGEST_PAUSE_MS, timeoutMs * PART_OF_TIMEOUT);
  const outage = outageOnStderr();
  let said = '';
  for (let beat = first; ; beat = await throughOutages(() => colibri.agents.heartbeat(name), outage)) {
    const news = JSON.stringify([beat.status, beat.claims, beat.lost]);
    if (json) await printJson<AgentHeartbeatJson>(beat);
    else if (news !== said || beat.returned) {
      if (said !== '') await out(`\n${clockTime(Date.now())}  `);
      await answer(beat, {}, renderHeartbeat);
    }
    said = news;
    for (const until = Date.now() + pauseMs; Date.now() < until; ) {
      if (pid !== undefined && !isAlive(pid)) return;
      await pause(Math.min(LOOK_EVERY_MS, Math.max(1, until - Date.now())));
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function every(text: string): number {
  const parsed = duration({ minMs: 500 }).safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(`${parsed.error.issues.map(({ message }) => message).join(', ')}.`);
}
