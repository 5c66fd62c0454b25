import { accessSync, constants, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findTemporalCli } from '#setup/temporal-binaries.mjs';
import { chooseContainment } from '../../workers/leash/containment.ts';
import { silentLogger } from '../../workers/leash/logger.ts';
import { createExec } from '../../workers/probes/exec.ts';
import { type Check, missing, ok, warning } from './check.ts';
import { atLeast } from './versions.ts';

const NODE_FLOOR = '20.20.0';
const ANSWER_WITHIN_MS = 5_000;

export function checkNode(): Check {
  const { node } = process.versions;
  if (atLeast(node, NODE_FLOOR)) return ok('node', `${node} at ${process.execPath}`);
  return missing('node', `${node} is older than ${NODE_FLOOR}`, 'install Node 20.20 or later: https://nodejs.org');
}

/** A program that answers when it is asked its version. */
export async function checkProgram(
  name: string,
  args: readonly string[],
  absent: { fix: string; needed: boolean; why: string },
): Promise<Check> {
  const { code, stdout, failure } = await createExec(process.env)(name, args, { timeoutMs: ANSWER_WITHIN_MS });
  if (code === 0) return ok(name, stdout.trim().split('\n')[0] ?? '');
  const detail = `${failure ?? `${name} ended with exit code ${code}`} (${absent.why})`;
  return absent.needed ? missing(name, detail, absent.fix) : warning(name, detail, absent.fix);
}

/** The program of the embedded server; only the machine that runs `colibri server` needs it. */
export async function checkTemporalProgram(): Promise<Check> {
  const name = 'server program';
  try {
    const found = await findTemporalCli();
    const from = { env: 'named by COLIBRI_TEMPORAL_CLI', path: 'found on PATH', cache: 'fetched before' };
    if (found) return ok(name, `${found.path} (${from[found.source]})`);
  } catch (error) {
    return missing(name, (error as Error).message, 'unset COLIBRI_TEMPORAL_CLI, or name the `temporal` program');
  }
  return warning(
    name,
    'not here yet; only `colibri server` and `colibri dev` need it',
    'colibri server fetches it at its first start',
  );
}

/** The folder for state: writable, and nobody else's to read. */
export function checkHome(home: string): Check {
  const name = 'state folder';
  const stat = statSync(home, { throwIfNoEntry: false });
  try {
    if (!stat) {
      accessSync(existingParent(home), constants.W_OK);
      return ok(name, `${home} will be made when it is needed`);
    }
    if (!stat.isDirectory()) return missing(name, `${home} is not a folder`, 'choose another with COLIBRI_HOME');
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return missing(
      name,
      `${home} cannot be written`,
      `sudo chown -R ${process.getuid?.() ?? '$USER'} ${home}, or set COLIBRI_HOME`,
    );
  }
  if ((stat.mode & 0o077) !== 0) {
    const mode = (stat.mode & 0o777).toString(8);
    return warning(name, `${home} can be read by others (mode ${mode})`, `chmod 700 ${home}`);
  }
  return ok(name, `${home}, writable and for its owner only`);
}

/** What ends an agent with all that it started: proven with a real process. */
export async function checkContainment(): Promise<Check> {
  const name = 'containment';
  // A folder of its own: the host worker that may be running keeps its runs under its own.
  const folder = mkdtempSync(join(tmpdir(), 'colibri-doctor-'));
  try {
    const containment = await chooseContainment(folder, silentLogger);
    const { kind } = containment;
    containment.close();
    if (kind !== 'sweep') return ok(name, `${kind}: the kernel ends all that an agent started`);
    const fix = 'run the host worker as a systemd service with Delegate=yes, or as root';
    return warning(name, 'sweep: process groups, and a search for what left them', fix);
  } catch (error) {
    return missing(name, (error as Error).message, 'unset COLIBRI_CONTAINMENT');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function existingParent(path: string): string {
  let folder = dirname(path);
  while (!statSync(folder, { throwIfNoEntry: false }) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
