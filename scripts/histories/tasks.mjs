/**
 * A task that no host can do.
 * @param {import('./recorder.mjs').Recorder} recorder
 */
export async function recordParkedTask(recorder) {
  const { colibri, inState, ended, save } = recorder;
  const parked = await colibri.submit({ command: ['true'], requires: ['linux', 'gpu'] }, { id: 'parked' });
  await inState('parked', 'parked');
  await colibri.cancel('parked', { reason: 'no longer needed', by: 'recorder' });
  await ended('parked');
  await save('task-cancelled-while-parked', parked.workflowId);
}

/**
 * The ends that tasks come to on a host, and their sessions.
 * @param {import('./recorder.mjs').Recorder} recorder
 */
export async function recordTasks(recorder) {
  const { colibri, workflow, inState, ended, runsOf, save } = recorder;
  await colibri.submit({ command: ['sh', '-c', 'echo hi; echo there >&2'], requires: ['linux'] }, { id: 'done' });
  await ended('done');
  await save('task-done', 'task/done');
  await save('session', 'session/done/1');

  const failing = { command: ['sh', '-c', 'exit 3'], maxAttempts: 2, retryDelay: '100ms' };
  await colibri.submit(failing, { id: 'failed' });
  await ended('failed');
  await save('task-failed-after-retry', 'task/failed');

  await colibri.submit({ command: ['sleep', '60'], timeout: '300ms', grace: '100ms' }, { id: 'timeout' });
  await ended('timeout');
  await save('task-timeout', 'task/timeout');

  await colibri.submit({ command: ['sleep', '60'] }, { id: 'cancelled' });
  await inState('cancelled', 'running');
  await colibri.cancel('cancelled', { reason: 'no longer needed', by: 'recorder' });
  await ended('cancelled');
  await save('task-cancelled-while-running', 'task/cancelled');

  for (const [name, input] of Object.entries({
    'task-raw': { command: ['true'], requires: ['linux'] },
    'task-invalid': { command: [], requires: ['no way'] },
    'task-unknown-skill': { skill: 'tmux-screenshots' },
  })) {
    const options = { workflowId: name, taskQueue: 'colibri', args: [input] };
    const handle = await workflow.start('task', options);
    await handle.result().catch(() => undefined);
    await save(name, name);
  }

  const chatty = 'i=0; while [ $i -lt 60 ]; do echo $i; i=$((i+1)); sleep 0.12; done';
  await colibri.submit({ command: ['sh', '-c', chatty] }, { id: 'chatty' });
  await ended('chatty');
  const runs = await runsOf('session/chatty/1');
  await save('session-continued-as-new', 'session/chatty/1', runs[0]);
  await save('session-continued', 'session/chatty/1', runs.at(-1));
}
