import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Colibri } from '../../../client/index.ts';
import type { HostView } from '../../../schemas/fleet.ts';
import type { TaskSpecInput } from '../../../schemas/task.ts';
import type { TaskView } from '../../../schemas/task-view.ts';
import type { TestServer } from '../../support/temporal-server.ts';
import { controlCommand, hostCommand } from './commands.ts';
import { Journal } from './journal.ts';
import { Program, type ProgramOptions } from './program.ts';
import { until } from './until.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/system/${name}`, import.meta.url));
const AGENT = fixture('agent.mjs');
/** The environment of a host whose event loop SIGURG blocks for 12 s. */
export const BLOCKABLE = { NODE_OPTIONS: `--import=${fixture('block-on-signal.mjs')}`, BLOCK_MS: '12000' };

export interface HostOptions {
  /** Exactly these; without it the host probes itself. */
  tags?: readonly string[];
  slots?: number;
  /** Other flags of `colibri worker host`. */
  flags?: readonly string[];
  env?: Record<string, string>;
  prefix?: readonly string[];
  /** Another folder than the one of its name. */
  home?: string;
  /** What the harness calls it, when it is not to stand for the host of its name. */
  as?: string;
}

export interface FleetOptions {
  /** Where the test itself reaches the server. */
  server: TestServer;
  /** Where the workers reach it; default: the same. */
  workersReach?: string;
  lease?: string;
  /** Enters the place where the control worker runs. */
  controlPrefix?: readonly string[];
}

/** A control worker and hosts, each a process of its own, with one journal for all agents that they run. */
export class Fleet {
  readonly dir = mkdtempSync(join(tmpdir(), 'fleet-'));
  readonly journal = new Journal(join(this.dir, 'journal'));
  readonly hosts = new Map<string, Program>();
  readonly colibri: Colibri;
  readonly #options: FleetOptions;
  readonly #programs: Program[] = [];
  readonly #submitted: string[] = [];

  private constructor(options: FleetOptions, colibri: Colibri) {
    this.#options = options;
    this.colibri = colibri;
  }

  static async start(options: FleetOptions): Promise<Fleet> {
    const { address, namespace } = options.server;
    const env = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
    const fleet = new Fleet(options, await Colibri.connect({ env, timeoutMs: 20_000 }));
    try {
      fleet.control = await fleet.startControl();
    } catch (error) {
      await fleet.close();
      throw error;
    }
    return fleet;
  }

  control!: Program;

  get lease(): string {
    return this.#options.lease ?? '6s';
  }

  /** The environment of every program of this fleet; nothing of the test's own but what names its run. */
  environment(extra: Record<string, string> = {}): Record<string, string> {
    const { server, workersReach } = this.#options;
    const { PATH = '', TMPDIR = '', COLIBRI_TEST_RUN = '' } = process.env;
    return {
      ...{ PATH, TMPDIR, COLIBRI_TEST_RUN, HOME: this.dir, NO_COLOR: '1' },
      TEMPORAL_ADDRESS: workersReach ?? server.address,
      TEMPORAL_NAMESPACE: server.namespace,
      COLIBRI_HOME: join(this.dir, 'homes', 'control'),
      COLIBRI_LOG_FORMAT: 'json',
      ...extra,
    };
  }

  async startControl(): Promise<Program> {
    const { controlPrefix: prefix = [] } = this.#options;
    const control = this.run('control', controlCommand(this.lease), { prefix, env: this.environment() });
    await control.said(/control worker is up/);
    return control;
  }

  /** Starts a program that ends with the fleet. */
  run(name: string, command: readonly string[], options: ProgramOptions): Program {
    const program = new Program(name, command, options);
    this.#programs.push(program);
    return program;
  }

  homeOf(name: string): string {
    return join(this.dir, 'homes', name);
  }

  /** Starts a host's worker without waiting for it. */
  launchHost(name: string, options: HostOptions = {}): Program {
    const { tags, slots = 2, flags = [], env = {}, prefix = [], home, as = name } = options;
    const folder = home ?? this.homeOf(name);
    mkdirSync(folder, { recursive: true });
    const command = hostCommand({ name, slots, lease: this.lease, tags, flags });
    const host = this.run(as, command, { prefix, env: this.environment({ COLIBRI_HOME: folder, ...env }) });
    this.hosts.set(as, host);
    return host;
  }

  /** Starts a host's worker and waits until it has joined. */
  async startHost(name: string, options?: HostOptions): Promise<Program> {
    const host = this.launchHost(name, options);
    await host.said(/has joined the fleet/);
    return host;
  }

  /** Kills a host's worker, and nothing else, by SIGKILL. */
  async kill(name: string): Promise<void> {
    this.hostNamed(name).signal('SIGKILL');
    await this.hostNamed(name).exited;
  }

  hostNamed(name: string | null): Program {
    const host = this.hosts.get(name ?? '');
    if (!host) throw new Error(`there is no host ${name}`);
    return host;
  }

  /** The process that holds the agents of a host's worker: the only child that has its state folder as argument. */
  leashOf(name: string): number {
    const folder = join(this.homeOf(name), 'hosts', name);
    for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        if (args.includes(folder) && args.some((arg) => /leash/.test(arg))) return Number(pid);
      } catch {
        // It has ended meanwhile.
      }
    }
    throw new Error(`host ${name} has no leash`);
  }

  /** Submits a task that runs the journal-keeping agent. */
  async submit(act: readonly (string | number)[], spec: Partial<TaskSpecInput> = {}): Promise<string> {
    const command = [process.execPath, AGENT, ...act.map(String)];
    const env = { JOURNAL: this.journal.path, ...(spec.env as Record<string, string> | undefined) };
    const { id } = await this.colibri.submit({ ...spec, command, env });
    this.#submitted.push(id);
    return id;
  }

  /** Waits until an attempt of the task has shown its first sign of life. */
  async started(id: string, attempt = 1, withinMs = 60_000): Promise<{ host: string; at: number }> {
    return until(
      `attempt ${attempt} of ${id} starts`,
      () => this.journal.signs(id).find((sign) => sign.attempt === attempt),
      { withinMs },
    );
  }

  /** Enough was seen of these tasks: their agents (`work`, `stubborn`) end well, in this attempt or a later one. */
  release(...ids: readonly string[]): void {
    for (const id of ids) this.journal.release(id);
  }

  /** After a test, so that one that failed half-way leaves nothing to the next. */
  releaseAll(): void {
    this.release(...this.#submitted);
  }

  async ended(id: string, withinMs = 90_000): Promise<TaskView> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        void this.colibri
          .show(id)
          .then(
            (view) =>
              reject(new Error(`${id} has not ended: ${JSON.stringify(view.history, null, 1)}\n${this.tails()}`)),
            reject,
          );
      }, withinMs);
    });
    try {
      return await Promise.race([this.colibri.wait(id), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until the fleet shows the host in this state. */
  async hostIs(name: string, status: HostView['status'], withinMs = 60_000): Promise<HostView> {
    return until(
      `host ${name} is ${status}`,
      async () => (await this.colibri.hosts.list()).find((host) => host.name === name && host.status === status),
      { withinMs, everyMs: 200 },
    );
  }

  /** What holds after every fault: each task submitted so far has ended once, and none ran twice at once. */
  async expectSound(): Promise<TaskView[]> {
    const views = await Promise.all(this.#submitted.map((id) => this.ended(id)));
    const wrong = this.journal.overlaps();
    for (const view of views) {
      const ends = view.history.filter(({ state }) => ['done', 'failed', 'cancelled'].includes(state));
      if (ends.length !== 1) wrong.push(`task ${view.id} ended ${ends.length} times`);
      const whole = this.journal.lifetimes(view.id).filter((life) => life.stopped && life.attempt === view.attempt);
      if (view.state === 'done' && whole.length !== 1) {
        wrong.push(`task ${view.id} is done, but its attempt ${view.attempt} came to its end ${whole.length} times`);
      }
    }
    if (wrong.length > 0) throw new Error(`${wrong.join('\n')}\n${this.tails()}`);
    return views;
  }

  tails(): string {
    return this.#programs.map((program) => program.tail(12)).join('\n');
  }

  async close(): Promise<void> {
    try {
      // Hosts first: they give back what they have while somebody is there to take it.
      const control = this.control;
      const others = this.#programs.filter((program) => program !== control);
      await Promise.all(others.map((program) => program.stop()));
      await control?.stop();
    } finally {
      await this.colibri.close();
      rmSync(this.dir, { recursive: true, force: true });
    }
  }
}
