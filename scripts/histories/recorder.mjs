import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import historyFormat from '@temporalio/common/lib/proto-utils.js';
import { pino } from 'pino';
import { buildIfStale, ROOT } from '../lib/build.mjs';
import { scrubbed } from './scrub.mjs';

/** Histories are to be small: what continues as new after 4,096 events does so after these here. */
const SHORT_HISTORY = 40;
export const LEASE_MS = 3_000;

/** @typedef {import('node:child_process').ChildProcess} Host */
/** @typedef {Awaited<ReturnType<typeof openRecorder>>} Recorder */

/**
 * A server in memory with a control worker, and what chapters need to make histories and write them.
 * @param {string} folder @param {readonly string[]} wanted only files whose name begins with one of these; all when empty
 */
export async function openRecorder(folder, wanted) {
  await buildIfStale();
  const { DYNAMIC_CONFIG } = await import('../../dist/server/dynamic-config.js');
  const { startEmbeddedServer } = await import('../../dist/server/embedded-server.js');
  const { startControlWorker } = await import('../../dist/workers/control.js');
  const { connect } = await import('../../dist/client/connect.js');
  const { Colibri } = await import('../../dist/client/colibri.js');

  const log = pino({ level: 'error' }, pino.destination(2));
  const home = mkdtempSync(join(tmpdir(), 'colibri-record-'));
  /** @type {Record<string, number | boolean>} */ (DYNAMIC_CONFIG)['limit.historyCount.suggestContinueAsNew'] =
    SHORT_HISTORY;
  const server = await startEmbeddedServer({ port: 0, uiPort: null, dbFile: null, log });
  const connected = await connect({ env: { TEMPORAL_ADDRESS: server.address } });
  const control = await startControlWorker({ connected, log, leaseMs: LEASE_MS });
  const colibri = new Colibri(connected);
  const { workflow } = connected.client;
  /** @type {Set<Host>} */
  const hosts = new Set();
  mkdirSync(folder, { recursive: true });

  /** Of a plan's task there is nothing to show until it is started. @param {string} id @param {string} state */
  const inState = (id, state) => until(async () => (await colibri.show(id).catch(() => null))?.state === state);

  /** @param {string} name */
  const statusOf = async (name) => (await colibri.fleet()).hosts.find((known) => known.name === name)?.status;

  return {
    colibri,
    workflow,
    home,
    inState,
    statusOf,

    /** @param {string} id */
    async ended(id) {
      await colibri.wait(id);
    },

    /** @param {string} name @param {string} capabilities */
    async startHost(name, capabilities) {
      const flags = {
        '--log-level': 'error',
        '--name': name,
        '--slots': '2',
        '--lease': `${LEASE_MS}ms`,
        '--capabilities': capabilities,
      };
      const args = [join(ROOT, 'bin', 'colibri.js'), 'worker', 'host', ...Object.entries(flags).flat()];
      const env = { ...process.env, TEMPORAL_ADDRESS: server.address, COLIBRI_HOME: home };
      const host = spawn(process.execPath, args, { ...{ env, cwd: home, stdio: ['ignore', 'ignore', 'inherit'] } });
      hosts.add(host);
      host.once('exit', () => hosts.delete(host));
      await until(async () => (await statusOf(name)) === 'online');
      return host;
    },

    /** @param {Host} host @param {'SIGTERM' | 'SIGKILL'} [signal] */
    async endHost(host, signal = 'SIGTERM') {
      host.kill(signal);
      await until(async () => !hosts.has(host));
    },

    /** The runs of a workflow that continues as new, oldest first. @param {string} workflowId */
    async runsOf(workflowId) {
      /** @type {string[]} */
      const runs = [];
      let { runId } = await workflow.getHandle(workflowId).describe();
      for (;;) {
        runs.unshift(runId);
        const { events } = await workflow.getHandle(workflowId, runId).fetchHistory();
        const before = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
        if (!before) return runs;
        runId = before;
      }
    },

    /** @param {string} name @param {string} workflowId @param {string} [runId] */
    async save(name, workflowId, runId) {
      if (wanted.length > 0 && !wanted.some((start) => name.startsWith(start))) return;
      const history = await workflow.getHandle(workflowId, runId).fetchHistory();
      const json = scrubbed(JSON.parse(historyFormat.historyToJSON(history)), home);
      writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(json, null, 1)}\n`);
      process.stdout.write(`${name}: ${history.events?.length} events\n`);
    },

    async close() {
      for (const host of hosts) host.kill('SIGKILL');
      await control.stop();
      await connected.close();
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** @param {() => Promise<boolean>} holds @param {number} [withinMs] */
export async function until(holds, withinMs = 60_000) {
  for (const deadline = Date.now() + withinMs; !(await holds()); await delay(50)) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${holds}`);
  }
}
