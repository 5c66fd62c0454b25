import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/build.mjs';
import { serverArguments, serverEnvironment } from '../../server/arguments.ts';
import { DYNAMIC_CONFIG } from '../../server/dynamic-config.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const COMPOSE = spawnSync('docker-compose', ['--version']).status === 0;

describe('the settings of the server', () => {
  it('are the same for the embedded server and for one on PostgreSQL [T3]', () => {
    const entries = read('deploy/server/dynamic-config.yaml').matchAll(/^([\w.]+):\n {2}- value: ([\w.]+)$/gm);
    const values = Object.fromEntries([...entries].map(([, key, value]) => [key, JSON.parse(value as string)]));
    expect(values).toEqual(DYNAMIC_CONFIG);
  });

  it('name the choice between speed and safety from a power cut [T3]', () => {
    const common = { ip: '127.0.0.1', port: 7233, uiPort: null, namespace: 'default', logLevel: 'error' } as const;
    const normal = serverArguments({ ...common, dbFile: '/some/file', durability: 'normal' });
    expect(normal).toEqual(expect.arrayContaining(['journal_mode=WAL', 'synchronous=NORMAL', '--headless']));
    const full = serverArguments({ ...common, dbFile: '/some/file', durability: 'full' });
    expect(full).toContain('synchronous=FULL');
    expect(serverArguments({ ...common, dbFile: null, durability: 'full' })).not.toContain('--db-filename');
  });

  it("keep a person's own Temporal settings away from the server [T1]", () => {
    const env = { PATH: '/bin', HOME: '/home/someone', TEMPORAL_API_KEY: 'secret', COLIBRI_HOME: '/x' };
    expect(serverEnvironment(env)).toEqual({ PATH: '/bin', COLIBRI_HOME: '/x' });
  });

  it.runIf(COMPOSE)('make a composition that docker-compose accepts [T4]', () => {
    const config = execFileSync('docker-compose', ['-f', join(ROOT, 'docker-compose.yml'), 'config']).toString();
    expect(config).toContain('temporalio/server:');
  });

  it('pin every image, a server with its known holes closed, and publish nothing beyond this machine [T1]', () => {
    const compose = read('docker-compose.yml');
    const images = [...compose.matchAll(/image: (\S+)/g)].map(([, image]) => image as string);
    expect(images.length).toBeGreaterThanOrEqual(5);
    for (const image of images) expect(image).toMatch(/^(colibri:local|[\w/-]+:\d+\.\d+(\.\d+)?)$/);
    const [, minor = 0, patch = 0] = /temporalio\/server:1\.(\d+)\.(\d+)/.exec(compose)?.map(Number) ?? [];
    expect(minor * 1000 + patch).toBeGreaterThanOrEqual(30_004);
    for (const [, port] of compose.matchAll(/^ {6}- '([\d.:]+:\d+)'$/gm)) expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});
