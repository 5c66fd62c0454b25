import { readFileSync, writeFileSync } from 'node:fs';

/** One line of an agent. `at`: milliseconds of the machine's monotonic clock. */
export interface Sign {
  kind: 'start' | 'tick' | 'term' | 'stop';
  task: string;
  attempt: number;
  host: string;
  at: number;
  pid: number;
  act: string;
}

/** One attempt as its agents, children included, left it: from the first sign of life to the last. */
export interface Lifetime {
  task: string;
  attempt: number;
  host: string;
  from: number;
  to: number;
  /** Whether the main process came to its own end. */
  stopped: boolean;
}

/** Now, on the clock of the journal. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** What all agents of a fleet wrote down about themselves. */
export class Journal {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Lets the agents of a task, in this attempt or a later one, come to their own end now. */
  release(task: string): void {
    writeFileSync(`${this.path}.released-${task}`, '');
  }

  signs(task?: string): Sign[] {
    let text = '';
    try {
      text = readFileSync(this.path, 'utf8');
    } catch {
      // No agent has run yet.
    }
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [kind, of, attempt, host, at, pid, act] = line.split(' ');
        return { kind, task: of, attempt: Number(attempt), host, at: Number(at), pid: Number(pid), act } as Sign;
      })
      .filter((sign) => task === undefined || sign.task === task);
  }

  /** The attempts of a task, or of all, in order of their beginning. */
  lifetimes(task?: string): Lifetime[] {
    const found = new Map<string, Lifetime>();
    for (const sign of this.signs(task)) {
      const key = `${sign.task} ${sign.attempt} ${sign.host}`;
      const seen = found.get(key);
      const life = seen ?? { ...pick(sign), from: sign.at, to: sign.at, stopped: false };
      life.from = Math.min(life.from, sign.at);
      life.to = Math.max(life.to, sign.at);
      life.stopped ||= sign.kind === 'stop' && sign.act !== 'escaped';
      found.set(key, life);
    }
    return [...found.values()].sort((a, b) => a.from - b.from);
  }

  /** The last sign of life of an attempt. */
  lastSign(task: string, attempt: number): number {
    return Math.max(...this.signs(task).flatMap((sign) => (sign.attempt === attempt ? [sign.at] : [])));
  }

  /** One sentence for each pair of attempts of one task that lived at the same time. */
  overlaps(): string[] {
    const last = new Map<string, Lifetime>();
    const wrong: string[] = [];
    for (const life of this.lifetimes()) {
      const before = last.get(life.task);
      if (before && life.from <= before.to) {
        const ms = Math.round(before.to - life.from);
        wrong.push(
          `task ${life.task}: attempt ${life.attempt} on ${life.host} began ${ms} ms before attempt ${before.attempt} on ${before.host} was dead`,
        );
      }
      if (!before || life.to > before.to) last.set(life.task, life);
    }
    return wrong;
  }

  /** The most attempts that lived on a host at once. */
  mostAtOnce(host: string): number {
    const edges = this.lifetimes()
      .filter((life) => life.host === host)
      .flatMap(({ from, to }) => [
        { at: from, by: 1 },
        { at: to, by: -1 },
      ])
      .sort((a, b) => a.at - b.at || a.by - b.by);
    let now = 0;
    let most = 0;
    for (const { by } of edges) {
      now += by;
      most = Math.max(most, now);
    }
    return most;
  }
}

function pick({ task, attempt, host }: Sign) {
  return { task, attempt, host };
}
