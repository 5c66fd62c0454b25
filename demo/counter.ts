// The agent that the demo runs: counter.js FILE TICKS. It counts aloud, one tick a second, and notes ten times a second
// in FILE that it is alive, on a clock that all processes of the machine share.
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { machineClockMs, type SignOfLife } from './ledger.ts';

const NOTES_PER_TICK = 10;
const [file = '', count = ''] = process.argv.slice(2);
const ticks = Number(count);
const attempt = Number(process.env.COLIBRI_ATTEMPT);

function noteLife(): void {
  const sign: SignOfLife = { attempt, pid: process.pid, at: machineClockMs() };
  appendFileSync(file, `${JSON.stringify(sign)}\n`);
}

noteLife();
for (let tick = 1; tick <= ticks; tick += 1) {
  for (let note = 0; note < NOTES_PER_TICK; note += 1) {
    await delay(1000 / NOTES_PER_TICK);
    noteLife();
  }
  console.log(`tick ${tick} of ${ticks}`);
}
