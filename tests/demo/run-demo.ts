import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { findTemporalCli } from '#setup/temporal-binaries.mjs';
import { processesOf } from '../../demo/processes.ts';

const program = fileURLToPath(new URL('../../bin/colibri.js', import.meta.url));

/** A demo that runs as a child in a home of its own, with next to no environment. */
export class DemoRun {
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  stdout = '';
  stderr = '';

  private constructor(folder: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#child = spawn(process.execPath, [program, 'demo', ...args], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#ended = once(this.#child, 'close');
  }

  static async start(args: readonly string[] = [], more: NodeJS.ProcessEnv = {}): Promise<DemoRun> {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), 'demo-'));
    for (const name of ['home', 'tmp']) mkdirSync(join(folder, name));
    const server = await findTemporalCli();
    const env = {
      PATH: process.env.PATH,
      HOME: join(folder, 'home'),
      TMPDIR: join(folder, 'tmp'),
      // The cache is in another home.
      COLIBRI_TEMPORAL_CLI: server?.path,
      ...more,
    };
    const run = new DemoRun(folder, args, env);
    onTestFinished(async () => {
      run.#child.kill('SIGKILL');
      await run.#ended;
      await expect.poll(() => run.processes(), { timeout: 30_000 }).toEqual([]);
      rmSync(folder, { recursive: true, force: true });
    });
    return run;
  }

  /** Waits until the story has come to this. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    const options = { timeout: 150_000, interval: 50 };
    await expect.poll(() => this.#child.exitCode !== null || pattern.test(this.stdout), options).toBe(true);
    expect(this.stdout).toMatch(pattern);
    return pattern.exec(this.stdout) as RegExpExecArray;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async exitCode(): Promise<number | null> {
    const [code] = await this.#ended;
    return code as number | null;
  }

  processes(): string[] {
    return processesOf(this.#folder).map(({ pid, command }) => `${pid} ${command}`);
  }

  files(): string[] {
    return readdirSync(this.#folder, { recursive: true }).map(String).sort();
  }
}

/** What is there when a demo has left nothing. */
export const UNTOUCHED = ['home', 'tmp'];
