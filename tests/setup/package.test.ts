import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/build.mjs';

let dir: string;
let files: string[];
let installed: string;

/** Packs the clone as npm would and installs the result elsewhere, with the dependencies that are here already. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'package-'));
  const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', dir];
  const [packed] = JSON.parse(
    execFileSync('npm', packing, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
  );
  files = packed.files.map(({ path }: { path: string }) => path);
  execFileSync('tar', ['-xzf', join(dir, packed.filename), '-C', dir]);
  const modules = join(dir, 'elsewhere', 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  installed = join(modules, 'colibri');
  cpSync(join(dir, 'package'), installed, { recursive: true });
  symlinkSync('../colibri/bin/colibri.js', join(modules, '.bin', 'colibri'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('the package', () => {
  it('holds what runs and no sources, tests or paths of the machine that built it [T4]', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        'bin/colibri.js',
        'dist/cli/main.js',
        'dist/client/index.d.ts',
        'dist/server/embedded-server.js',
        'dist/workflow-bundle.js',
        'scripts/lib/temporal-binaries.mjs',
        'deploy/server/dynamic-config.yaml',
        'LICENSE',
      ]),
    );
    expect(files.filter((path) => /^(tests|node_modules|\.colibri)\//.test(path))).toEqual([]);
    expect(files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([]);
    expect(readFileSync(join(installed, 'dist', 'workflow-bundle.js'), 'utf8')).not.toContain(ROOT);
  });

  it('runs from where it was installed, by its name [T4]', () => {
    const program = join(dir, 'elsewhere', 'node_modules', '.bin', 'colibri');
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const output = execFileSync(program, ['--version'], { cwd: dir, env: { PATH: process.env.PATH, HOME: dir } });
    expect(output.toString()).toContain(version);
    expect(existsSync(join(installed, '.colibri'))).toBe(false);
  });

  it('starts its server from where it was installed [T4]', () => {
    const script = `const { startEmbeddedServer } = await import('./dist/server/embedded-server.js');
      const server = await startEmbeddedServer({ port: 0, uiPort: null, dbFile: null });
      console.log(server.address);
      await server.stop();`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: installed });
    expect(output.toString()).toMatch(/^127\.0\.0\.1:\d+\n$/);
  });
});
