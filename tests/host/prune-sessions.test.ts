import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../workers/host/polling/types.ts';
import { SessionPruner } from '../../workers/host/prune-sessions.ts';
import { makeSessionFolder, sessionPath, sessionsRoot } from '../../workers/host/session-folder.ts';

const WEEK_MS = 7 * 86_400_000;
const NOBODY = 65_534;

interface Warning {
  folder: string;
  error: string;
}

let home: string;
let warned: Warning[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'prune-'));
  warned = [];
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A session that nothing was written to for so long. */
function session(id: string, silentMs: number): void {
  const { transcript } = makeSessionFolder(home, id);
  const last = new Date(Date.now() - silentMs);
  writeFileSync(transcript, '');
  utimesSync(transcript, last, last);
}

function pruner(at: string, active: string[] = []): SessionPruner {
  const log = { ...silentLog, warn: (fields: object) => warned.push(fields as Warning) };
  return new SessionPruner({ home: at, keepMs: WEEK_MS, active: () => new Set(active), log });
}

/** What a container that an agent started leaves as another user's: the host's own user cannot look into it. */
function leaveForeign(folder: string): void {
  mkdirSync(folder);
  writeFileSync(join(folder, 'file'), '');
  chmodSync(folder, 0);
}

/** As a user like any other, for whom permissions hold: those of root do not stop it. */
async function asSomebody<T>(act: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return await act();
  for (const path of readdirSync(home, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('foreign') && !path.endsWith('file')) chownSync(join(home, path), NOBODY, NOBODY);
  }
  chownSync(home, NOBODY, NOBODY);
  // The run's own folder is root's alone: what is below is reached from within.
  const before = process.cwd();
  process.chdir(home);
  process.seteuid?.(NOBODY);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
    process.chdir(before);
  }
}

describe('the removal of old sessions', () => {
  it('drops sessions after their time, but none that runs [S2]', async () => {
    for (const id of ['old/1', 'running/1']) session(id, WEEK_MS + 60_000);
    session('fresh/1', WEEK_MS - 60_000);
    expect(await pruner(home, ['running/1']).prune()).toBe(1);
    expect(readdirSync(sessionsRoot(home)).sort()).toEqual(['fresh', 'running']);
    expect(existsSync(sessionPath(home, 'running/1'))).toBe(true);
    expect(warned).toEqual([]);
  });

  it('leaves a folder that cannot be removed, says so once, and removes the others [S2] [P2]', async () => {
    const ids = ['a/1', 'b/1', 'b/2', 'c/1'];
    for (const id of ids) session(id, WEEK_MS + 60_000);
    const foreign = join(sessionPath(home, 'b/1'), 'work', 'foreign');
    leaveForeign(foreign);
    try {
      const old = pruner(process.getuid?.() === 0 ? '.' : home);
      // What was taken away counts as written to; the second look comes when that is old too.
      const removed = await asSomebody(async () => [await old.prune(), await old.prune(Date.now() + 2 * WEEK_MS)]);
      expect(removed).toEqual([3, 0]);
      expect(ids.map((id) => existsSync(sessionPath(home, id)))).toEqual([false, true, false, false]);
      expect(warned).toHaveLength(1);
      expect(warned[0]?.folder).toMatch(/sessions\/b\/1$/);
      expect(warned[0]?.error).toMatch(/^EACCES.*foreign/);
      chmodSync(foreign, 0o700);
      expect(await pruner(home).prune(Date.now() + 2 * WEEK_MS)).toBe(1);
    } finally {
      if (existsSync(foreign)) chmodSync(foreign, 0o700);
    }
  });
});
