import { spawnSync } from 'node:child_process';
import type { Fleet } from './fleet.ts';
import type { Exit, Program } from './program.ts';

/** Directives that change which process systemd follows and signals: those of the host's unit are what this stands in for. */
const KNOWN = { Type: 'exec', KillMode: 'mixed', Restart: 'always' };

/** Runs a systemd unit's own commands in the way in which systemd would, with nothing in the environment but the unit's. */
export class Unit {
  readonly #directives: readonly (readonly [string, string])[];
  #main: Program | undefined;

  constructor(text: string) {
    const lines = text.split('\n').filter((line) => /^\w+=/.test(line));
    this.#directives = lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
    for (const [name, value] of Object.entries(KNOWN)) {
      if (this.#one(name) !== value) throw new Error(`a unit with ${name}=${this.#one(name)} is not what this can run`);
    }
    for (const name of ['PIDFile', 'NotifyAccess', 'ExecStop', 'KillSignal']) {
      if (this.#all(name).length > 0) throw new Error(`a unit with ${name} is not what this can run`);
    }
  }

  /** The process that systemd takes for the service. */
  get main(): Program {
    if (this.#main === undefined) throw new Error('the unit was not started');
    return this.#main;
  }

  start(fleet: Fleet, more: Record<string, string>): Program {
    const pairs = this.#all('Environment').flatMap(words).map(pair);
    const command = words(this.#one('ExecStart'));
    this.#main = fleet.run('unit', command, { env: { ...Object.fromEntries(pairs), ...more } });
    return this.#main;
  }

  /** Like `systemctl reload`: the exit code of the unit's command. */
  reload(): number | null {
    const [file = '', ...args] = words(this.#one('ExecReload').replaceAll('$MAINPID', String(this.main.pid)));
    return spawnSync(file, args, { stdio: 'inherit' }).status;
  }

  /** TERM to the main process alone, as KillMode=mixed has it. */
  stop(): Promise<Exit> {
    return this.main.stop();
  }

  #all(name: string): string[] {
    return this.#directives.flatMap(([key, value]) => (key === name ? [value] : []));
  }

  #one(name: string): string {
    const [value, ...others] = this.#all(name);
    if (value === undefined || others.length > 0) throw new Error(`the unit does not say ${name} once`);
    return value;
  }
}

/** Words as in systemd.syntax(7): in double quotes with \ before what is meant, and %% for %. */
function words(line: string): string[] {
  const found = line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  return found.map((word) => {
    const plain = word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/g, '$1') : word;
    return plain.replaceAll('%%', '%').replaceAll('$$', '$');
  });
}

function pair(word: string): [string, string] {
  return [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)];
}
