import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimDatabase } from '../../server/database-file.ts';
import { startServer } from '../support/temporal-server.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'database-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the database of the embedded server', () => {
  it('is refused to a second server, which is told where the first one serves [T3]', async () => {
    const dbFile = join(dir, 'store.db');
    const first = await startServer({ dbFile });
    try {
      await expect(startServer({ dbFile })).rejects.toMatchObject({
        code: 'database-in-use',
        message: expect.stringContaining(`in use by the server at ${first.address}`),
      });
    } finally {
      await first.stop();
    }
    const lock = await claimDatabase(dbFile, 'free again');
    lock.release();
  });

  it('is refused with its name and the flag when it is something else [T2]', async () => {
    const text = join(dir, 'notes.txt');
    writeFileSync(text, 'this is a text of mine, not a database');
    await expect(claimDatabase(text, 'x')).rejects.toThrow(/notes\.txt is not an SQLite database: .* --db FILE/);
    mkdirSync(join(dir, 'folder'));
    await expect(claimDatabase(join(dir, 'folder'), 'x')).rejects.toThrow(/folder is not a file/);
    await expect(claimDatabase(join(text, 'below.db'), 'x')).rejects.toThrow(/cannot be created \((ENOTDIR|EEXIST)/);
  });

  it.skipIf(process.getuid?.() === 0)('is refused when it cannot be written [T2]', async () => {
    const file = join(dir, 'read-only.db');
    writeFileSync(file, '', { mode: 0o400 });
    await expect(claimDatabase(file, 'x')).rejects.toThrow(/cannot be written/);
  });
});
