import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/build.mjs';

/** A clone with our scripts, our dependencies and a program of one file. */
let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'clone-'));
  for (const path of ['scripts', 'bin', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json']) {
    cpSync(join(ROOT, path), join(clone, path), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  mkdirSync(join(clone, 'cli'));
  says('hello');
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

function says(text: string): void {
  writeFileSync(
    join(clone, 'cli', 'main.ts'),
    `const text: string = '${text}';\nconsole.log(text, ...process.argv.slice(2));\n`,
  );
}

function colibri(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(clone, 'bin', 'colibri.js'), ...args]);
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

const setup = (...args: string[]) =>
  spawnSync(process.execPath, [join(clone, 'scripts', 'setup.mjs'), ...args], { encoding: 'utf8' });

describe('in a clone', () => {
  it('the program builds itself first, keeps its output clean, and builds again when a source changes [T4]', () => {
    const first = colibri('one', 'two');
    expect(first).toMatchObject({ status: 0, stdout: 'hello one two\n', stderr: expect.stringContaining('Compiling') });
    expect(colibri()).toEqual({ status: 0, stdout: 'hello\n', stderr: '' });
    says('changed');
    expect(colibri().stdout).toBe('changed\n');
  });

  it('a source that does not compile is named and the former build stays [T2]', () => {
    colibri();
    writeFileSync(join(clone, 'cli', 'main.ts'), 'const = ;\n');
    expect(colibri()).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/do not compile: cli\/main\.ts/),
    });
    expect(existsSync(join(clone, 'dist', 'cli', 'main.js'))).toBe(true);
  });

  it('a build that is killed leaves nothing that the next one minds [T3]', async () => {
    const child = spawn(process.execPath, [join(clone, 'scripts', 'setup.mjs')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await once(child.stderr, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(join(clone, 'dist'))).toBe(false);
    expect(colibri().stdout).toBe('hello\n');
    expect(readdirSync(join(clone, '.colibri'))).not.toContain('build.lock');
  });

  it('four set-ups at once do it once and all succeed [T3]', async () => {
    const all = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const child = spawn(process.execPath, [join(clone, 'scripts', 'setup.mjs')], {
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        const output = (await child.stderr.toArray()).join('');
        return { code: child.exitCode ?? (await once(child, 'exit'))[0], output };
      }),
    );
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(all.filter(({ output }) => output.includes('Compiling: done'))).toHaveLength(1);
  });

  it('a set-up with nothing to do says nothing [T4]', () => {
    expect(setup().status).toBe(0);
    expect(setup()).toMatchObject({ status: 0, stderr: '', stdout: '' });
  });

  it('an interrupted set-up says so, ends its compiler and leaves no lock [T3]', async () => {
    const child = spawn(process.execPath, [join(clone, 'scripts', 'setup.mjs')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const output: string[] = [];
    child.stderr.on('data', (chunk) => output.push(String(chunk)));
    await once(child.stderr, 'data');
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(output.join('')).toContain('set-up: interrupted by SIGINT; run it again to go on');
    expect(readdirSync(join(clone, '.colibri'))).toEqual([]);
  });

  it('a wrong argument is answered with the right ones [T2]', () => {
    expect(setup('--for', 'dinner')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('--for run|demo|test'),
    });
  });
});
