import { until } from './recorder.mjs';

/**
 * A host that is lost with a task and comes back, and the fleet that hears of it all.
 * @param {import('./recorder.mjs').Recorder} recorder
 * @param {import('./recorder.mjs').Host} debby
 */
export async function recordLostHost(recorder, debby) {
  const { colibri, inState, statusOf, ended, startHost, endHost, runsOf, save } = recorder;
  await colibri.submit({ command: ['sleep', '6'], requires: ['linux'] }, { id: 'lost' });
  await inState('lost', 'running');
  const domedog = await startHost('domedog', 'linux,zfs');
  await endHost(debby, 'SIGKILL');
  await until(async () => (await statusOf('debby')) === 'stale');
  await ended('lost');
  await save('task-lost-host', 'task/lost');
  const back = await startHost('debby', 'linux,docker,gpu');
  await colibri.hosts.setDraining('debby', true);
  await colibri.hosts.setDraining('debby', false);
  await endHost(back);
  const hostRuns = await runsOf('host/debby');
  for (const [i, runId] of hostRuns.entries()) await save(`host-stale-and-back-${i + 1}`, 'host/debby', runId);
  await endHost(domedog);
  const fleetRuns = await runsOf('fleet');
  await save('fleet-continued-as-new', 'fleet', fleetRuns[0]);
  await save('fleet-continued', 'fleet', fleetRuns[1]);
}

/**
 * Hosts that are awaited, drained, handed over and forgotten.
 * @param {import('./recorder.mjs').Recorder} recorder
 */
export async function recordHosts(recorder) {
  const { colibri, workflow, inState, ended, startHost, endHost, runsOf, save } = recorder;
  await colibri.hosts.expect('osa', 'recorder');
  await until(async () =>
    (await colibri.hosts.list()).some(({ name, status }) => name === 'osa' && status === 'never-seen'),
  );
  await colibri.hosts.forget('osa');
  await until(async () => (await workflow.getHandle('host/osa').describe()).status.name === 'COMPLETED');
  await save('host-expected-and-forgotten', 'host/osa');

  const zebra = await startHost('zebra', 'linux,zebra');
  await colibri.submit({ command: ['sleep', '60'], requires: ['zebra'] }, { id: 'handed-over' });
  await inState('handed-over', 'running');
  await colibri.hosts.setDraining('zebra', true, { by: 'recorder', reason: 'a new disk', deadlineMs: 500 });
  await until(async () => typeof (await colibri.hosts.show('zebra')).drain?.handedOverAt === 'string');
  await colibri.cancel('handed-over', { reason: 'no longer needed', by: 'recorder' });
  await ended('handed-over');
  await endHost(zebra);
  await until(async () => (await colibri.hosts.show('zebra')).status === 'offline');
  await colibri.hosts.setDraining('zebra', true, { by: 'recorder', deadlineMs: 3_600_000 });
  await colibri.hosts.setDraining('zebra', false, { by: 'recorder' });
  const zebraRuns = await runsOf('host/zebra');
  for (const [i, runId] of zebraRuns.entries()) await save(`host-handed-over-${i + 1}`, 'host/zebra', runId);
}
