import { until } from './recorder.mjs';

/**
 * What people and agents do with tasks on the board, and where a task may run by choice.
 * @param {import('./recorder.mjs').Recorder} recorder
 */
export async function recordBoard(recorder) {
  const { colibri, workflow, inState, ended, startHost, endHost, save } = recorder;
  const by = 'recorder';
  const start = (/** @type {string} */ id, /** @type {object} */ spec) =>
    colibri.submit({ command: ['true'], ...spec }, { id });
  const { token } = await colibri.agents.register({ name: 'ben', capabilities: ['cobol'], timeout: '10m' });
  const ben = await colibri.as({ agent: 'ben', token: String(token) });
  await start('asked', { requires: ['cobol'] });
  await inState('asked', 'parked');
  await ben.board.claim('asked', 'ben');
  await ben.board.progress('asked', { text: 'reading', percent: 10 }, by);
  await ben.board.transition('asked', { to: 'blocked', reason: 'which branch?' }, by);
  await colibri.board.answer('asked', 'main', by);
  await ben.board.transition('asked', { to: 'done', reason: 'merged', data: { pull: 7 } }, by);
  await save('board-claimed', 'task/asked');

  const left = await startHost('left', 'linux,left');
  const right = await startHost('right', 'linux,right');
  await colibri.submit({ command: ['sleep', '60'], requires: ['left'] }, { id: 'passed' });
  await inState('passed', 'running');
  await colibri.board.handOff('passed', { to: 'ben', notes: 'by hand, please', branch: 'fix' }, by);
  await ben.board.claim('passed', 'ben');
  await ben.board.transition('passed', { to: 'queued', reason: 'a machine can' }, by);
  await inState('passed', 'running');
  await colibri.board.transition('passed', { to: 'done', reason: 'enough' }, by);
  await save('board-handed-on', 'task/passed');

  const limit = { key: 'disk', max: 1 };
  await colibri.submit({ command: ['sleep', '2'], requires: ['left'], limit }, { id: 'first' });
  await inState('first', 'running');
  await start('second', { requires: ['left'], limit });
  await ended('first');
  await ended('second');
  await save('board-limited', 'task/first');
  await save('board-in-line', 'task/second');

  await start('preferring', { requires: ['linux'], prefers: ['right'] });
  await ended('preferring');
  await save('board-preferred', 'task/preferring');
  await start('falling-back', { requires: ['nowhere'], alternatives: [{ requires: ['right'], afterMs: 500 }] });
  await ended('falling-back');
  await save('board-alternative', 'task/falling-back');

  await start('again', { command: ['false'], requires: ['left'] });
  await ended('again');
  await colibri.board.retry('again', { on: 'left' }, by);
  await ended('again');
  await save('board-tried-anew', 'task/again');
  await start('too-late', { requires: ['nowhere'], totalTimeout: '1s' });
  await ended('too-late');
  await save('board-expired', 'task/too-late');
  await until(async () => (await workflow.getHandle('limit/disk').describe()).status.name === 'COMPLETED', 120_000);
  await save('board-limit', 'limit/disk');
  await endHost(left);
  await endHost(right);
}
