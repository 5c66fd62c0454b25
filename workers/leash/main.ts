/**
 * The leash: a process of its own beside a host worker that ends the worker's runs when the worker cannot. It hears
 * commands on stdin, one JSON object a line, and answers on stdout. When stdin closes, the worker is dead: every tree
 * is ended and the leash goes.
 *
 * Arguments: the worker's state folder; the cgroup that holds those of its runs, if there is one.
 */

import { rmdirSync } from 'node:fs';
import { markEnded } from '../host/run-records.ts';
import { Keeper } from './keeper.ts';
import { type Command, jsonLines, type LeashEvent } from './messages.ts';
import { startOf } from './process-table.ts';

const stateDir = process.argv[2] ?? '.';
const cgroupFolder = process.argv[3];
const workerPid = process.ppid;

function tell(event: LeashEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

const keeper = new Keeper([{ pid: workerPid, startMs: startOf(workerPid) ?? 0 }], tell, (runId) => {
  markEnded(stateDir, runId);
});

let stopping = false;
async function stop(reason: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  await keeper.stop(reason);
  try {
    if (cgroupFolder !== undefined) rmdirSync(cgroupFolder);
  } catch {
    // The worker's next life uses it already.
  }
  process.exit(0);
}

// Whatever goes wrong, the runs stay on the leash.
process.on('uncaughtException', (error) => tell({ is: 'fault', message: `leash: ${error.stack ?? error}` }));
process.stdout.on('error', () => {}); // The worker is dead: stdin says so too.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => void stop(`the leash was stopped by ${signal}`));
}

const onChunk = jsonLines(
  (value) => keeper.obey(value as Command),
  (line) => tell({ is: 'fault', message: `leash: not a command: ${line.slice(0, 200)}` }),
);
process.stdin.setEncoding('utf8').on('data', onChunk);
process.stdin.on('error', () => {});
process.stdin.on('close', () => void stop('the worker is gone'));

tell({ is: 'ready' });
