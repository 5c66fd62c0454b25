import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ProgramOptions {
  /** Put before the command: enters a network namespace, say. */
  prefix?: readonly string[];
  env: Record<string, string>;
}

/** A program of Colibri that runs beside the test, with what it logged. */
export class Program {
  readonly exited: Promise<Exit>;
  /** Lines as they came, both streams. */
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #listeners = new Set<() => void>();
  #exit: Exit | undefined;

  constructor(name: string, command: readonly string[], { prefix = [], env }: ProgramOptions) {
    this.#name = name;
    const [file = '', ...args] = [...prefix, ...command];
    this.#child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#heard(line));
    }
    this.exited = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#heard(String(error)));
      this.#child.once('close', (code, signal) => {
        this.#exit = { code, signal };
        this.#tell();
        resolve(this.#exit);
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#exit === undefined;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** SIGTERM; SIGKILL if that is not enough. */
  async stop(withinMs = 30_000): Promise<Exit> {
    if (!this.running) return this.exited;
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const exit = await Promise.race([this.exited, delay(withinMs, undefined, { ref: false })]);
    if (exit) return exit;
    this.signal('SIGKILL');
    await this.exited;
    throw new Error(`${this.#name} did not stop on SIGTERM\n${this.tail()}`);
  }

  /** Resolves with the first line, from line number `since` on, that matches. Throws when the program ends without. */
  async said(pattern: RegExp, { since = 0, withinMs = 60_000 } = {}): Promise<string> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const line = this.lines.slice(since).find((text) => pattern.test(text));
      if (line !== undefined) return line;
      if (!this.running) throw new Error(`${this.#name} ended without saying ${pattern}\n${this.tail()}`);
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`${this.#name} did not say ${pattern} within ${withinMs} ms\n${this.tail()}`);
      await this.#next(left);
    }
  }

  tail(lines = 25): string {
    return this.lines
      .slice(-lines)
      .map((line) => `  ${this.#name}| ${line}`)
      .join('\n');
  }

  #next(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#listeners.delete(done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      this.#listeners.add(done);
    });
  }

  #heard(line: string): void {
    this.lines.push(line);
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
