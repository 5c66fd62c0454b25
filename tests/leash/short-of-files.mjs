// A worker without a leash that has no file descriptor left: ends a tree all the same.
// Says as one line of JSON what it saw: how the first process ended, whether the tree was said to be ended while nobody
// could look for it, what a look failed with, and how many processes the first look that succeeded found.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { endTree } from '../../dist/workers/leash/end-tree.js';
import { processTable, startOf } from '../../dist/workers/leash/process-table.js';

const cookie = process.argv[2];
const start = () =>
  spawn('sleep', ['600'], {
    env: { PATH: process.env.PATH, COLIBRI_RUN_COOKIE: cookie },
    detached: true,
    stdio: 'ignore',
  });
const first = start();
const stray = start();
const exit = once(first, 'exit');
const strayExit = once(stray, 'exit');
const leader = { pid: first.pid, startMs: startOf(first.pid) };

const files = [];
try {
  for (;;) files.push(openSync('/dev/null'));
} catch (error) {
  if (error.code !== 'EMFILE') throw error;
}
let failed = 'nothing';
try {
  processTable();
} catch (error) {
  failed = error.code;
}
let done = false;
const ended = endTree({ cookie, cgroup: null, leader, sinceMs: 0 }, 0).finally(() => {
  done = true;
});
const [, signal] = await exit;
const early = done;
for (const file of files) closeSync(file);
const alive = await ended;
const [, straySignal] = await strayExit;
process.stdout.write(`${JSON.stringify({ failed, signal, early, alive, straySignal })}\n`);
