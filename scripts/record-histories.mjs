// Records what the workflows of this build do on a real server with real hosts, for replay against later builds:
// record-histories.mjs [FOLDER [NAME...]] (default tests/histories/v1; only files whose name begins with a NAME). See docs/workflows-versioning.md before you run it.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import historyFormat from '@temporalio/common/lib/proto-utils.js';
import { pino } from 'pino';
import { buildIfStale, ROOT } from './lib/build.mjs';

await buildIfStale();
const { DYNAMIC_CONFIG } = await import('../dist/server/dynamic-config.js');
const { startEmbeddedServer } = await import('../dist/server/embedded-server.js');
const { startControlWorker } = await import('../dist/workers/control.js');
const { connect } = await import('../dist/client/connect.js');
const { Colibri } = await import('../dist/client/colibri.js');

const folder = resolve(process.argv[2] ?? join(ROOT, 'tests', 'histories', 'v1'));
const wanted = process.argv.slice(3);
/** Histories are to be small: what continues as new after 4,096 events does so after these here. */
const SHORT_HISTORY = 40;
const LEASE_MS = 3_000;

const log = pino({ level: 'error' }, pino.destination(2));
const home = mkdtempSync(join(tmpdir(), 'colibri-record-'));
/** @type {Record<string, number | boolean>} */ (DYNAMIC_CONFIG)['limit.historyCount.suggestContinueAsNew'] =
  SHORT_HISTORY;
const server = await startEmbeddedServer({ port: 0, uiPort: null, dbFile: null, log });
const connected = await connect({ env: { TEMPORAL_ADDRESS: server.address } });
const control = await startControlWorker({ connected, log, leaseMs: LEASE_MS });
const colibri = new Colibri(connected);
const { workflow } = connected.client;
/** @type {Set<import('node:child_process').ChildProcess>} */
const hosts = new Set();

try {
  mkdirSync(folder, { recursive: true });
  await record();
} finally {
  for (const host of hosts) host.kill('SIGKILL');
  await control.stop();
  await connected.close();
  await server.stop();
  rmSync(home, { recursive: true, force: true });
}

async function record() {
  const parked = await colibri.submit({ command: ['true'], requires: ['linux', 'gpu'] }, { id: 'parked' });
  await until(async () => (await colibri.show('parked')).state === 'parked');
  await colibri.cancel('parked', { reason: 'no longer needed', by: 'recorder' });
  await ended('parked');
  await save('task-cancelled-while-parked', parked.workflowId);

  const debby = await startHost('debby', 'linux,docker');
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
  await running('cancelled');
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

  const { skill: noted } = await colibri.skills.register(skillFolder('noted', 'one'));
  for (const text of ['two', 'two', 'three', 'four', 'five']) {
    await colibri.skills.register(skillFolder('noted', text));
    await colibri.skills.register(skillFolder('passing', text));
    await colibri.skills.remove('passing');
  }
  await colibri.skills.remove('gone').catch(() => undefined);
  const skillsRuns = await runsOf('skills');
  await save('skills-continued-as-new', 'skills', skillsRuns[0]);
  await save('skills-continued', 'skills', skillsRuns[1]);
  const part = workflow.getHandle(`skill-content/noted@${noted.digest}/0`);
  await part.signal('release');
  await part.result();
  await save('skill-content', part.workflowId);

  const chatty = 'i=0; while [ $i -lt 60 ]; do echo $i; i=$((i+1)); sleep 0.12; done';
  await colibri.submit({ command: ['sh', '-c', chatty] }, { id: 'chatty' });
  await ended('chatty');
  const runs = await runsOf('session/chatty/1');
  await save('session-continued-as-new', 'session/chatty/1', runs[0]);
  await save('session-continued', 'session/chatty/1', runs.at(-1));

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
  await running('again.slow');
  await colibri.plans.cancel('again', { reason: 'no longer needed', by: 'recorder' });
  await colibri.plans.wait('again');
  await colibri.plans.retry('again');
  await running('again.slow.2');
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

  await colibri.submit({ command: ['sleep', '6'], requires: ['linux'] }, { id: 'lost' });
  await running('lost');
  const domedog = await startHost('domedog', 'linux,zfs');
  await kill(debby);
  await until(async () => (await colibri.fleet()).hosts.find(({ name }) => name === 'debby')?.status === 'stale');
  await ended('lost');
  await save('task-lost-host', 'task/lost');
  const back = await startHost('debby', 'linux,docker,gpu');
  await colibri.hosts.setDraining('debby', true);
  await colibri.hosts.setDraining('debby', false);
  await stop(back);
  const hostRuns = await runsOf('host/debby');
  for (const [i, runId] of hostRuns.entries()) await save(`host-stale-and-back-${i + 1}`, 'host/debby', runId);
  await stop(domedog);
  const fleetRuns = await runsOf('fleet');
  await save('fleet-continued-as-new', 'fleet', fleetRuns[0]);
  await save('fleet-continued', 'fleet', fleetRuns[1]);

  await colibri.hosts.expect('osa', 'recorder');
  await until(async () =>
    (await colibri.hosts.list()).some(({ name, status }) => name === 'osa' && status === 'never-seen'),
  );
  await colibri.hosts.forget('osa');
  await until(async () => (await workflow.getHandle('host/osa').describe()).status.name === 'COMPLETED');
  await save('host-expected-and-forgotten', 'host/osa');

  const zebra = await startHost('zebra', 'linux,zebra');
  await colibri.submit({ command: ['sleep', '60'], requires: ['zebra'] }, { id: 'handed-over' });
  await running('handed-over');
  await colibri.hosts.setDraining('zebra', true, { by: 'recorder', reason: 'a new disk', deadlineMs: 500 });
  await until(async () => typeof (await colibri.hosts.show('zebra')).drain?.handedOverAt === 'string');
  await colibri.cancel('handed-over', { reason: 'no longer needed', by: 'recorder' });
  await ended('handed-over');
  await stop(zebra);
  await until(async () => (await colibri.hosts.show('zebra')).status === 'offline');
  await colibri.hosts.setDraining('zebra', true, { by: 'recorder', deadlineMs: 3_600_000 });
  await colibri.hosts.setDraining('zebra', false, { by: 'recorder' });
  const zebraRuns = await runsOf('host/zebra');
  for (const [i, runId] of zebraRuns.entries()) await save(`host-handed-over-${i + 1}`, 'host/zebra', runId);
  await recordAgent();
  await recordBoard();
}

/** What people and agents do with tasks on the board, and where a task may run by choice. */
async function recordBoard() {
  const by = 'recorder';
  const start = (/** @type {string} */ id, /** @type {object} */ spec) =>
    colibri.submit({ command: ['true'], ...spec }, { id });
  const parked = (/** @type {string} */ id) => until(async () => (await colibri.show(id)).state === 'parked');
  const { token } = await colibri.agents.register({ name: 'ben', capabilities: ['cobol'], timeout: '10m' });
  const ben = await colibri.as({ agent: 'ben', token: String(token) });
  await start('asked', { requires: ['cobol'] });
  await parked('asked');
  await ben.board.claim('asked', 'ben');
  await ben.board.progress('asked', { text: 'reading', percent: 10 }, by);
  await ben.board.transition('asked', { to: 'blocked', reason: 'which branch?' }, by);
  await colibri.board.answer('asked', 'main', by);
  await ben.board.transition('asked', { to: 'done', reason: 'merged', data: { pull: 7 } }, by);
  await save('board-claimed', 'task/asked');

  const left = await startHost('left', 'linux,left');
  const right = await startHost('right', 'linux,right');
  await colibri.submit({ command: ['sleep', '60'], requires: ['left'] }, { id: 'passed' });
  await running('passed');
  await colibri.board.handOff('passed', { to: 'ben', notes: 'by hand, please', branch: 'fix' }, by);
  await ben.board.claim('passed', 'ben');
  await ben.board.transition('passed', { to: 'queued', reason: 'a machine can' }, by);
  await running('passed');
  await colibri.board.transition('passed', { to: 'done', reason: 'enough' }, by);
  await save('board-handed-on', 'task/passed');

  const limit = { key: 'disk', max: 1 };
  await colibri.submit({ command: ['sleep', '2'], requires: ['left'], limit }, { id: 'first' });
  await running('first');
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
  await stop(left);
  await stop(right);
}

/** An agent outside: it takes a task, falls silent, comes back, goes on for long and leaves. */
async function recordAgent() {
  await colibri.submit({ command: ['true'], requires: ['rust'] }, { id: 'claimed' });
  await until(async () => (await colibri.show('claimed')).state === 'parked');
  await colibri.agents.register({ name: 'ann', capabilities: ['rust'], timeout: `${LEASE_MS}ms` });
  const args = [await colibri.agents.claimant('ann')];
  await workflow.getHandle('task/claimed').executeUpdate('claim', { args });
  await until(async () => (await colibri.agents.heartbeat('ann')).claims.length === 1);
  await until(async () => (await colibri.agents.show('ann')).status === 'stale');
  await until(async () => (await colibri.show('claimed')).state === 'parked');
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

/** @param {string} name @param {string} text */
function skillFolder(name, text) {
  const path = join(home, 'desk', name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'SKILL.md'), `---\nname: ${name}\ndescription: For the record, ${text}.\n---\n`);
  return path;
}

/** @param {() => Promise<boolean>} holds @param {number} [withinMs] */
async function until(holds, withinMs = 60_000) {
  for (const deadline = Date.now() + withinMs; !(await holds()); await delay(50)) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${holds}`);
  }
}

/** Of a plan's task there is nothing to show until it is started. @param {string} id */
function running(id) {
  return until(async () => (await colibri.show(id).catch(() => null))?.state === 'running');
}

/** @param {string} id */
async function ended(id) {
  await colibri.wait(id);
}

/** @param {string} name @param {string} capabilities */
async function startHost(name, capabilities) {
  const flags = [
    '--log-level',
    'error',
    '--name',
    name,
    '--slots',
    '2',
    '--lease',
    `${LEASE_MS}ms`,
    '--capabilities',
    capabilities,
  ];
  const env = { ...process.env, TEMPORAL_ADDRESS: server.address, COLIBRI_HOME: home };
  const host = spawn(process.execPath, [join(ROOT, 'bin', 'colibri.js'), 'worker', 'host', ...flags], {
    ...{ env, cwd: home, stdio: ['ignore', 'ignore', 'inherit'] },
  });
  hosts.add(host);
  host.once('exit', () => hosts.delete(host));
  await until(async () => (await colibri.fleet()).hosts.find((known) => known.name === name)?.status === 'online');
  return host;
}

/** @param {import('node:child_process').ChildProcess} host */
async function stop(host) {
  host.kill('SIGTERM');
  await until(async () => !hosts.has(host));
}

/** @param {import('node:child_process').ChildProcess} host */
async function kill(host) {
  host.kill('SIGKILL');
  await until(async () => !hosts.has(host));
}

/** The runs of a workflow that continues as new, oldest first. @param {string} workflowId */
async function runsOf(workflowId) {
  /** @type {string[]} */
  const runs = [];
  let runId = (await workflow.getHandle(workflowId).describe()).runId;
  for (;;) {
    runs.unshift(runId);
    const { events } = await workflow.getHandle(workflowId, runId).fetchHistory();
    const before = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (!before) return runs;
    runId = before;
  }
}

/** @param {string} name @param {string} workflowId @param {string} [runId] */
async function save(name, workflowId, runId) {
  if (wanted.length > 0 && !wanted.some((start) => name.startsWith(start))) return;
  const history = await workflow.getHandle(workflowId, runId).fetchHistory();
  const json = scrubbed(JSON.parse(historyFormat.historyToJSON(history)));
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(json, null, 1)}\n`);
  process.stdout.write(`${name}: ${history.events?.length} events\n`);
}

/** Nothing of the machine on which it was recorded. @param {unknown} value @returns {any} */
function scrubbed(value) {
  if (typeof value === 'string') return scrubText(value);
  if (Array.isArray(value)) return value.map(scrubbed);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([key, field]) => {
    if (key === 'identity' || key === 'workerVersion') return [key, key === 'identity' ? 'recorder' : field];
    if (key === 'data' && 'metadata' in value && typeof field === 'string') {
      return [key, Buffer.from(scrubText(Buffer.from(field, 'base64').toString())).toString('base64')];
    }
    return [key, scrubbed(field)];
  });
  return Object.fromEntries(fields);
}

/** @param {string} text */
function scrubText(text) {
  return (
    text
      .replaceAll(home, '/home/colibri')
      .replaceAll(ROOT.replace(/\/$/, ''), '/opt/colibri')
      // Dependencies may be linked from elsewhere; in stack traces they start at their package.
      .replaceAll(/[^\s("]*\/node_modules\//g, 'node_modules/')
      .replaceAll(new RegExp(`\\b\\d+@${hostname()}\\b`, 'g'), '1@recorder')
      .replaceAll(/"machine":\{[^}]*\}/g, '"machine":{"id":"machine","boot":"boot","label":"recorder"}')
      .replaceAll(/"hostId":"[^"]*"/g, '"hostId":"machine"')
      .replaceAll(/"node":"[^"]*"/g, '"node":"20.20.0"')
  );
}
