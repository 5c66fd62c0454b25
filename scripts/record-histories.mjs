// Records what the workflows of this build do on a real server with real hosts, for replay against later builds:
// record-histories.mjs [FOLDER [NAME...]] (default tests/histories/v1; only files whose name begins with a NAME). See docs/workflows-versioning.md before you run it.
import { join, resolve } from 'node:path';
import { recordAgent } from './histories/agents.mjs';
import { recordBoard } from './histories/board.mjs';
import { recordHosts, recordLostHost } from './histories/hosts.mjs';
import { recordInvites } from './histories/invites.mjs';
import { recordPlans } from './histories/plans.mjs';
import { openRecorder } from './histories/recorder.mjs';
import { recordSchedule } from './histories/schedules.mjs';
import { recordSkills } from './histories/skills.mjs';
import { recordParkedTask, recordTasks } from './histories/tasks.mjs';
import { ROOT } from './lib/build.mjs';

const folder = resolve(process.argv[2] ?? join(ROOT, 'tests', 'histories', 'v1'));
const recorder = await openRecorder(folder, process.argv.slice(3));
try {
  // In one fleet, in this order: each chapter finds the hosts that those before it have left.
  await recordParkedTask(recorder);
  const debby = await recorder.startHost('debby', 'linux,docker');
  await recordTasks(recorder);
  await recordSkills(recorder);
  await recordPlans(recorder);
  await recordLostHost(recorder, debby);
  await recordHosts(recorder);
  await recordAgent(recorder);
  await recordBoard(recorder);
  await recordInvites(recorder);
  await recordSchedule(recorder);
} finally {
  await recorder.close();
}
