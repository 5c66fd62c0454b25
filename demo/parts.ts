import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type GuardedProcess, spawnGuarded } from '../server/guarded-process.ts';
import { packageRoot } from '../workers/version.ts';
import { DemoFailure } from './failure.ts';
import { killQuietly } from './processes.ts';

/** A worker of the demo's fleet, in a process of its own. */
export interface Part {
  name: string;
  pid: number;
  /** The last lines it logged. */
  lines: readonly string[];
}

interface Running extends Part {
  process: GuardedProcess;
  ended: boolean;
  /** It is meant to end. */
  dismissed: boolean;
}

const KEPT_LINES = 8;
const PROGRAM = join(packageRoot, 'bin', 'colibri.js');

/** The processes that the demo starts. None of them outlives it, even if it is killed outright. */
export class Parts {
  readonly #env: NodeJS.ProcessEnv;
  readonly #parts: Running[] = [];

  /** `env`: what all of them get. */
  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  /** Starts `colibri` with these arguments. `home`: the folder of all that it writes. */
  start(name: string, args: readonly string[], home: string): Part {
    const env = { ...this.#env, COLIBRI_HOME: home };
    const process_ = spawnGuarded(process.execPath, [PROGRAM, ...args], env);
    const lines: string[] = [];
    for (const stream of [process_.stdout, process_.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (lines.length > KEPT_LINES) lines.shift();
      });
    }
    const part: Running = { name, pid: process_.pid, lines, process: process_, ended: false, dismissed: false };
    void process_.exited.then(() => {
      part.ended = true;
    });
    this.#parts.push(part);
    return part;
  }

  find(name: string): Part {
    const part = this.#parts.findLast((each) => each.name === name);
    if (part === undefined) throw new DemoFailure(`no process is called ${name}`);
    return part;
  }

  /** SIGKILL, as by the kernel when memory runs out; resolves when it has gone. */
  async kill(name: string): Promise<void> {
    const part = this.find(name) as Running;
    part.dismissed = true;
    process.kill(part.pid, 'SIGKILL');
    await part.process.exited;
  }

  /** Throws when one of them has ended that nobody told to. */
  check(): void {
    const fallen = this.#parts.find((part) => part.ended && !part.dismissed);
    if (fallen) throw new DemoFailure(`${fallen.name} ended by itself`, fallen.lines);
  }

  /** SIGKILL to all. */
  collapse(): void {
    for (const part of this.#parts) if (!part.ended) killQuietly(part.pid);
  }

  /** Lets all go that still run, hosts before what they depend on. */
  async stop(): Promise<void> {
    for (const part of this.#parts) part.dismissed = true;
    const live = this.#parts.filter((part) => !part.ended);
    await Promise.all(live.filter((part) => part.name !== CONTROL).map((part) => part.process.stop()));
    await Promise.all(live.map((part) => part.process.stop()));
  }
}

/** Name of the part that runs the workflows. */
export const CONTROL = 'control';
