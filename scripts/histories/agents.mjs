import { LEASE_MS, until } from './recorder.mjs';

/**
 * An agent outside: it takes a task, falls silent, comes back, goes on for long and leaves.
 * @param {import('./recorder.mjs').Recorder} recorder
 */
export async function recordAgent(recorder) {
  const { colibri, workflow, inState, ended, runsOf, save } = recorder;
  await colibri.submit({ command: ['true'], requires: ['rust'] }, { id: 'claimed' });
  await inState('claimed', 'parked');
  await colibri.agents.register({ name: 'ann', capabilities: ['rust'], timeout: `${LEASE_MS}ms` });
  const args = [await colibri.agents.claimant('ann')];
  await workflow.getHandle('task/claimed').executeUpdate('claim', { args });
  await until(async () => (await colibri.agents.heartbeat('ann')).claims.length === 1);
  await until(async () => (await colibri.agents.show('ann')).status === 'stale');
  await inState('claimed', 'parked');
  await colibri.agents.heartbeat('ann');
  const first = (await workflow.getHandle('agent/ann').describe()).runId;
  for (let change = 0; (await workflow.getHandle('agent/ann').describe()).runId === first; change += 1) {
    await colibri.agents.setStatus('ann', change % 2 === 0 ? 'away' : 'idle');
  }
  await until(async () => !(await colibri.agents.heartbeat('ann')).returned);
  await colibri.agents.rotateToken('ann');
  await workflow.getHandle('task/claimed').executeUpdate('claim', { args });
  await colibri.agents.unregister('ann');
  await colibri.cancel('claimed');
  await ended('claimed');
  const runs = await runsOf('agent/ann');
  await save('agent-stale-and-back', 'agent/ann', runs[0]);
  await save('agent-continued', 'agent/ann', runs.at(-1));
}
