import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TaskListJson } from '../../../cli/json-shapes.ts';
import { testNamespace } from '../../support/temporal-server.ts';
import { colibri } from '../support.ts';
import { listed, many } from './support.ts';

/** What ten thousand submissions may take on a machine that is busy with other tests; alone it is less than a minute. */
const TEN_THOUSAND_MS = 900_000;

let env: NodeJS.ProcessEnv;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'intake-'));
  const server = await testNamespace();
  env = { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace };
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('task intake', () => {
  it(
    'takes in ten thousand lines, and lists them page by page [B1]',
    async () => {
      const path = join(folder, 'big.jsonl');
      writeFileSync(path, many(10_000, { project: 'big', name: 'one of many' }));
      const ran = await colibri(['task', 'intake', path], env);
      expect(ran).toMatchObject({ code: 0, stderr: '', stdout: '10,000 tasks: 10,000 submitted\n' });
      expect(new Set(await listed(10_000, env)).size).toBe(10_000);
      const all = await colibri(['task', 'list', '--all', '--json', '--project', 'big', '--name', 'many one'], env);
      const pages = all.stdout
        .trimEnd()
        .split('\n')
        .map((line) => TaskListJson.parse(JSON.parse(line)));
      expect(pages.length).toBeGreaterThanOrEqual(10);
      expect(new Set(pages.flatMap(({ tasks }) => tasks.map(({ id }) => id))).size).toBe(10_000);
      expect(pages.at(-1)?.nextCursor).toBeNull();
    },
    TEN_THOUSAND_MS,
  );
});
