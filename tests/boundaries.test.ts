import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const IMPORT = /^(?:import|export)\s(?!type\s)(?:[^'";]*?from\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

/** Every file and package that a source file leads to, over static and dynamic imports. */
function reachable(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const match of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const name = match[1] ?? match[2] ?? '';
      if (name.startsWith('.')) visit(resolve(dirname(file), name));
      else if (!name.startsWith('node:'))
        packages.add(
          name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/'),
        );
    }
  };
  visit(join(root, entry));
  return { files, packages };
}

/** Every package that these packages need at run time, themselves included, with its folder. */
function installed(packages: Iterable<string>): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (name: string, from: string) => {
    if (found.has(name)) return;
    let folder = from;
    while (!existsSync(join(folder, 'node_modules', name))) {
      if (folder === dirname(folder)) return;
      folder = dirname(folder);
    }
    const at = join(folder, 'node_modules', name);
    found.set(name, at);
    const manifest = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency, at);
  };
  for (const name of packages) visit(name, root);
  return found;
}

function nativeFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.node') && !file.includes('node_modules'),
  );
}

describe('what a host runs', () => {
  it.each([
    'workers/host/host-worker.ts',
    'workers/leash/main.ts',
    'client/index.ts',
    'workers/probes/index.ts',
    'cli/commands/onboard.ts',
    'cli/commands/offboard.ts',
    'cli/doctor/onboarding.ts',
  ])('%s leads to no native code, so that it runs on FreeBSD [R4]', (entry) => {
    const { packages } = reachable(entry);
    expect([...packages]).not.toContain('@temporalio/worker');
    const all = installed(packages);
    expect([...all.keys()]).not.toContain('@temporalio/core-bridge');
    expect([...all].flatMap(([name, folder]) => nativeFiles(folder).map((file) => `${name}/${file}`))).toEqual([]);
  });

  it('loads with native addons forbidden [R4]', () => {
    const entries = ['workers/host/host-worker.js', 'client/index.js'].map((file) => join(root, 'dist', file));
    const code = `Promise.all(${JSON.stringify(entries)}.map((file) => import(file))).then(() => console.log('loaded'))`;
    expect(execFileSync(process.execPath, ['--no-addons', '-e', code], { encoding: 'utf8' })).toContain('loaded');
  });

  it('is kept apart from the tools of tests [T2]', () => {
    const { files } = reachable('workers/host/host-worker.ts');
    expect([...files].filter((file) => file.includes('/tests/'))).toEqual([]);
  });
});

describe('workflow code', () => {
  it('imports nothing that a replay could not repeat [T3]', () => {
    const { packages, files } = reachable('workflows/index.ts');
    const allowed = [
      '@temporalio/workflow',
      '@temporalio/workflow-streams',
      '@temporalio/common',
      'zod',
      'ms',
      'fastest-levenshtein',
    ];
    expect([...packages].filter((name) => !allowed.includes(name))).toEqual([]);
    for (const file of files) {
      const builtins = [...readFileSync(file, 'utf8').matchAll(/from 'node:[a-z/]+'/g)].map(([text]) => text);
      expect(builtins, file).toEqual([]);
    }
  });
});

describe('the packages', () => {
  it('come in one copy where two would break replay or bundle [T3]', () => {
    const require = createRequire(join(root, 'package.json'));
    const versions = ['client', 'common', 'worker', 'workflow', 'workflow-streams', 'activity', 'proto'].map(
      (name) => (require(`@temporalio/${name}/package.json`) as { version: string }).version,
    );
    expect(new Set(versions).size).toBe(1);
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, unknown>;
    };
    // gRPC reads .proto files with a copy of its own, which meets none of Temporal's messages.
    const copies = Object.keys(lock.packages).filter(
      (path) =>
        /(^|\/)node_modules\/(protobufjs|@temporalio\/(workflow|common))$/.test(path) && !path.includes('@grpc/'),
    );
    expect(copies.sort()).toEqual([
      'node_modules/@temporalio/common',
      'node_modules/@temporalio/workflow',
      'node_modules/protobufjs',
    ]);
  });

  it('are locked without naming a registry [T2]', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toContain('"resolved"');
  });
});
