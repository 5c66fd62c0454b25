import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureTemporalCli, findTemporalCli } from '../../scripts/lib/temporal-binaries.mjs';

const MODULE = fileURLToPath(new URL('../../scripts/lib/temporal-binaries.mjs', import.meta.url));

let dir: string;
let cleanUp: (() => void)[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'binaries-'));
  cleanUp = [() => rmSync(dir, { recursive: true, force: true })];
});
afterEach(() => {
  for (const step of cleanUp.reverse()) step();
});

function program(path: string, version: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho 'temporal version ${version}'\n`);
  chmodSync(path, 0o755);
  return path;
}

/** An environment in which only what the test puts there can be found. */
function bare(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { PATH: join(dir, 'bin'), COLIBRI_CACHE: join(dir, 'cache'), ...more };
}

/** A download site of our own: `handle` answers requests for the archive. */
async function site(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url?.startsWith('/archive')) return handle(request, response);
    const archiveUrl = `http://${request.headers.host}/archive.tar.gz`;
    response.end(JSON.stringify({ archiveUrl, fileToExtract: 'temporal' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function archive(): Buffer {
  program(join(dir, 'packed', 'temporal'), '1.5.1 (Server 1.29.1, UI 2.42.1)');
  return execFileSync('tar', ['-czf', '-', '-C', join(dir, 'packed'), 'temporal']);
}

describe('findTemporalCli', () => {
  it('takes the program that COLIBRI_TEMPORAL_CLI names, before any other [T4]', async () => {
    program(join(dir, 'bin', 'temporal'), '1.6.0 (Server 1.30.0)');
    const named = program(join(dir, 'mine'), '0.0.0');
    expect(await findTemporalCli(bare({ COLIBRI_TEMPORAL_CLI: named }))).toEqual({ path: named, source: 'env' });
  });

  it('names the variable when the program it names is not there [T2]', async () => {
    await expect(findTemporalCli(bare({ COLIBRI_TEMPORAL_CLI: join(dir, 'gone') }))).rejects.toThrow(
      /COLIBRI_TEMPORAL_CLI names .*gone/,
    );
  });

  it.each([
    ['1.4.0 (Server 1.28.0, UI 2.39.0)', true],
    ['1.10.2 (Server 1.33.0, UI 2.60.0)', true],
    ['0.0.0-DEV (Server 1.29.1, UI 2.42.1)', true],
    ['1.3.9 (Server 1.27.1, UI 2.36.0)', false],
    ['0.0.0-DEV (Server 1.24.0, UI 2.26.0)', false],
  ])('on PATH, version %s is accepted: %s [T4]', async (version, accepted) => {
    const path = program(join(dir, 'bin', 'temporal'), version);
    const notes: string[] = [];
    expect(await findTemporalCli(bare(), (line) => notes.push(line))).toEqual(
      accepted ? { path, source: 'path' } : null,
    );
    expect(notes).toHaveLength(accepted ? 0 : 1);
  });

  it('goes past a program on PATH that does not run [T4]', async () => {
    const path = program(join(dir, 'bin', 'temporal'), '');
    writeFileSync(path, '#!/bin/sh\nexit 3\n');
    expect(await findTemporalCli(bare())).toBeNull();
  });
});

describe('ensureTemporalCli', () => {
  it('downloads as the SDK does, once, and finds it in the cache afterwards [T4]', async () => {
    const packed = archive();
    const { url, asked } = await site((_request, response) => response.end(packed));
    const env = bare({ COLIBRI_TEMPORAL_DOWNLOAD_URL: url });
    const first = await ensureTemporalCli({ env });
    expect(first.source).toBe('download');
    expect(execFileSync(first.path, ['--version']).toString()).toContain('1.5.1');
    expect(asked[0]).toMatch(/^\/cli\/v1\.5\.1\?arch=(amd64|arm64)&platform=(linux|darwin)&/);
    expect(await ensureTemporalCli({ env })).toEqual({ path: first.path, source: 'cache' });
    expect(asked).toHaveLength(2);
    expect(readdirSync(join(dir, 'cache', 'tmp'))).toEqual([]);
  });

  it.each<[string, (request: IncomingMessage, response: ServerResponse, packed: Buffer) => void, RegExp]>([
    ['is not there', (_request, response) => response.writeHead(404).end(), /answered 404/],
    [
      'is cut short',
      (_request, response, packed) => {
        response.writeHead(200, { 'content-length': packed.length });
        response.write(packed.subarray(0, packed.length / 2), () => response.destroy());
      },
      /download: /,
    ],
    [
      'is cut short unnoticed by HTTP',
      (_request, response, packed) => response.end(packed.subarray(0, packed.length / 2)),
      /the archive is damaged/,
    ],
    ['never comes', () => {}, /did not answer/],
  ])(
    'goes on without the download when the archive %s, and says so in one line [T4]',
    async (_what, answer, reason) => {
      const packed = archive();
      const { url } = await site((request, response) => answer(request, response, packed));
      const env = bare({ COLIBRI_TEMPORAL_DOWNLOAD_URL: url });
      const failure = await ensureTemporalCli({ env, firstByteMs: 1_000 }).catch((error: Error) => error.message);
      expect(failure).toMatch(reason);
      expect(failure).toMatch(/go: Go is not installed/);
      expect(failure).toMatch(/COLIBRI_TEMPORAL_CLI\.$/);
      expect(failure).not.toContain('\n');
      expect(readdirSync(join(dir, 'cache', 'tmp'))).toEqual([]);
      expect(existsSync(join(dir, 'cache', 'bin'))).toBe(false);
    },
  );

  it('builds with Go when the site does not answer [T4]', async () => {
    const { url } = await site(() => {});
    const go = join(dir, 'bin', 'go');
    program(go, '');
    writeFileSync(go, `#!/bin/sh\necho "$@" > '${dir}/asked'\n/bin/cp '${dir}/built' "$GOBIN/temporal"\n`);
    program(join(dir, 'built'), '1.5.1');
    const env = bare({ COLIBRI_TEMPORAL_DOWNLOAD_URL: url });
    expect((await ensureTemporalCli({ env, firstByteMs: 300 })).source).toBe('go');
    expect(readFileSync(join(dir, 'asked'), 'utf8')).toMatch(
      /install .* github\.com\/temporalio\/cli\/cmd\/temporal@v1\.5\.1/,
    );
  });

  it('fetches once for two clones that set up at the same time, and clears what a killed one left [T4]', async () => {
    const packed = archive();
    const { url, asked } = await site((_request, response) => setTimeout(() => response.end(packed), 500));
    const dead = spawn('true');
    await once(dead, 'exit');
    mkdirSync(join(dir, 'cache', 'tmp', `${dead.pid}-left`), { recursive: true });
    const script = `const m = await import(${JSON.stringify(MODULE)}); console.log((await m.ensureTemporalCli()).source);`;
    const both = await Promise.all(
      [1, 2].map(async () => {
        const env = { ...process.env, ...bare({ COLIBRI_TEMPORAL_DOWNLOAD_URL: url }), PATH: '/usr/bin:/bin' };
        const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
          env,
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const output = (await child.stdout.toArray()).join('').trim();
        return output;
      }),
    );
    expect(both.sort()).toEqual(['cache', 'download']);
    expect(asked.filter((path) => path.startsWith('/archive'))).toHaveLength(1);
    expect(readdirSync(join(dir, 'cache', 'tmp'))).toEqual([]);
  });
});
