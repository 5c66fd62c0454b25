import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildIfStale } from '../../scripts/lib/build.mjs';
import { isAlive } from '../../scripts/lib/lock.mjs';
import { findTestServer } from '../../scripts/lib/temporal-binaries.mjs';
import { pathWithTools } from '../../scripts/lib/tools.mjs';
import { startEmbeddedServer } from '../../server/embedded-server.ts';
import { findLeaks, recordBefore } from './leaks.ts';

declare module 'vitest' {
  interface ProvidedContext {
    temporalAddress: string;
    timeSkipping: { path: string | null; missing: string | null };
  }
}

function timeSkipping(): { path: string | null; missing: string | null } {
  const found = findTestServer();
  if (found) return { path: found.path, missing: null };
  const missing = 'the time-skipping test server is missing: `npm run setup -- --for test` fetches it';
  if (process.env.CI) throw new Error(missing);
  return { path: null, missing };
}

const PREFIX = 'colibri-test-';

/** A run that was killed could not remove its folder. */
function removeDeadRuns(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/**
 * Builds what child processes of tests run, starts the shared server, and gives the run one folder for all temporary
 * files. Afterwards fails the run if a test left a process, a network namespace or a file behind.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildIfStale({ tolerateBroken: !process.env.CI });
  const runId = randomUUID();
  // The marker is inherited by every process that tests start; those with an environment of their own are known by
  // the folder, which their arguments, working folder or environment name.
  removeDeadRuns();
  const root = mkdtempSync(join(realpathSync(tmpdir()), `${PREFIX}${process.pid}-`));
  const temp = join(root, 'tmp');
  mkdirSync(temp);
  const before = recordBefore();
  process.env.COLIBRI_TEST_RUN = runId;
  process.env.TMPDIR = temp;
  process.env.PATH = pathWithTools();
  const server = await startEmbeddedServer({ port: 0, uiPort: null, dbFile: null }).catch((error) => {
    rmSync(root, { recursive: true, force: true });
    throw error;
  });
  project.provide('temporalAddress', server.address);
  project.provide('timeSkipping', timeSkipping());

  return async () => {
    await server.stop();
    const leaks = await findLeaks({ runId, root, temp, before });
    rmSync(root, { recursive: true, force: true });
    if (leaks.length === 0) return;
    process.exitCode = 1;
    throw new Error(`the tests left something behind:\n  ${leaks.join('\n  ')}`);
  };
}
