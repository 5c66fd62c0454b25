/**
 * Plans that are done, stop, are retried, and go on in a new run.
 * @param {import('./recorder.mjs').Recorder} recorder
 */
export async function recordPlans(recorder) {
  const { colibri, inState, runsOf, save } = recorder;
  const short = { defaults: { command: ['true'], requires: ['linux'] } };
  await colibri.plans.submit(
    { ...short, tasks: { a: { command: ['echo', 'hi'] }, b: { needs: ['a'] } } },
    { id: 'two' },
  );
  await colibri.plans.wait('two');
  await save('plan-done', 'plan/two');

  const failingTasks = { bad: { command: ['false'] }, slow: { command: ['sleep', '60'] }, after: { needs: ['bad'] } };
  await colibri.plans.submit({ ...short, cancelRunning: true, tasks: failingTasks }, { id: 'stops' });
  await colibri.plans.wait('stops');
  await save('plan-stopped', 'plan/stops');

  await colibri.plans.submit(
    { ...short, tasks: { first: {}, slow: { command: ['sleep', '60'], needs: ['first'] } } },
    { id: 'again' },
  );
  await inState('again.slow', 'running');
  await colibri.plans.cancel('again', { reason: 'no longer needed', by: 'recorder' });
  await colibri.plans.wait('again');
  await colibri.plans.retry('again');
  await inState('again.slow.2', 'running');
  await colibri.plans.cancel('again', { reason: 'no longer needed', by: 'recorder' });
  await colibri.plans.wait('again');
  await save('plan-retried-and-cancelled', 'plan/again');

  /** @type {Record<string, { command?: string[], needs?: string[] }>} */
  const chain = { slow: { command: ['sleep', '20'] } };
  for (let i = 0; i < 6; i += 1) chain[`c${i}`] = i === 0 ? {} : { needs: [`c${i - 1}`] };
  await colibri.plans.submit({ ...short, tasks: { ...chain, last: { needs: ['slow', 'c5'] } } }, { id: 'chain' });
  await colibri.plans.wait('chain');
  const planRuns = await runsOf('plan/chain');
  await save('plan-continued-as-new', 'plan/chain', planRuns[0]);
  await save('plan-continued', 'plan/chain', planRuns.at(-1));
}
