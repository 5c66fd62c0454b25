// A worker in small: holds one run on a leash and renews it until it is killed or stopped.
// Argument: JSON of { stateDir, kind, leaseMs, command }. Says the pids of leash and run as a line of JSON.
import { join } from 'node:path';
import { bootClockMs } from '../../dist/workers/boot-clock.js';
import { OutputPipes } from '../../dist/workers/host/output-pipes.js';
import { runProcess } from '../../dist/workers/host/run-process.js';
import { startLeash } from '../../dist/workers/leash/client.js';

const { stateDir, kind, leaseMs, command } = JSON.parse(process.argv[2]);
process.env.COLIBRI_CONTAINMENT = kind;
const leash = await startLeash({ stateDir });
const hold = await leash.hold({
  runId: 'run',
  leaseMs,
  graceMs: 500,
  sentAt: bootClockMs(),
  task: { token: 'dG9rZW4=', id: 'task-1', attempt: 1 },
});
setInterval(() => hold.renew(bootClockMs()), 50);
let output = '';
await runProcess({
  command,
  cwd: '/',
  env: { PATH: process.env.PATH },
  hold,
  pipes: new OutputPipes(join(stateDir, 'pipes')),
  cleared: Promise.resolve(),
  graceMs: 500,
  onOutput(_stream, chunk) {
    output += chunk;
    if (output.includes('ready')) process.stdout.write(`${JSON.stringify({ leash: leash.pid, output })}\n`);
  },
  signal: new AbortController().signal,
});
