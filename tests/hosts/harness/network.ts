import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

/** Where the server listens; it exists only inside the namespaces. */
export const SERVER_IP = '10.83.0.1';
export const SERVER_PORT = 7233;

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Machines of their own as far as the network goes: a server, and hosts joined to it by a bridge in its namespace. */
export class Network {
  readonly #prefix = `colibri-${randomBytes(3).toString('hex')}`;
  readonly #names: string[] = [];
  readonly #onExit = () => this.destroy();

  constructor(hosts: readonly string[]) {
    process.once('exit', this.#onExit);
    try {
      this.#add('server');
      this.#in('server', 'link', 'add', 'br0', 'type', 'bridge');
      this.#in('server', 'addr', 'add', `${SERVER_IP}/24`, 'dev', 'br0');
      this.#in('server', 'link', 'set', 'br0', 'up');
      for (const [at, name] of hosts.entries()) {
        this.#add(name);
        const peer = ['peer', 'name', `to-${name}`, 'netns', this.#space('server')];
        this.#in(name, 'link', 'add', 'eth0', 'type', 'veth', ...peer);
        this.#in('server', 'link', 'set', `to-${name}`, 'master', 'br0', 'up');
        this.#in(name, 'addr', 'add', `10.83.0.${at + 11}/24`, 'dev', 'eth0');
        this.#in(name, 'link', 'set', 'eth0', 'up');
      }
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  /** What makes a command run on that machine, as the very process that was spawned. */
  on(name: string): string[] {
    return ['nsenter', `--net=/run/netns/${this.#space(name)}`];
  }

  /** Pulls the plug of a host, at the far end: the host sees packets vanish, not an error. */
  cut(name: string): void {
    this.#in('server', 'link', 'set', `to-${name}`, 'down');
  }

  plugIn(name: string): void {
    this.#in('server', 'link', 'set', `to-${name}`, 'up');
  }

  /** The host is heard, but hears nothing of the server any more. */
  deafen(name: string): void {
    this.#filter(name, '-A');
  }

  undeafen(name: string): void {
    this.#filter(name, '-D');
  }

  /** Runs `ip` on a machine. */
  configure(name: string, ...args: string[]): void {
    this.#in(name, ...args);
  }

  /** Takes everything away; safe to repeat. */
  destroy(): void {
    process.removeListener('exit', this.#onExit);
    for (const name of this.#names.splice(0)) {
      try {
        ip('netns', 'del', this.#space(name));
      } catch {
        // It was never made.
      }
    }
  }

  #filter(name: string, how: '-A' | '-D'): void {
    const [enter = '', ...args] = this.on(name);
    const rule = ['INPUT', '-s', SERVER_IP, '-j', 'DROP'];
    execFileSync(enter, [...args, 'iptables', '-w', how, ...rule], { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  #add(name: string): void {
    this.#names.push(name);
    ip('netns', 'add', this.#space(name));
    this.#in(name, 'link', 'set', 'lo', 'up');
  }

  #in(name: string, ...args: string[]): void {
    ip('-n', this.#space(name), ...args);
  }

  #space(name: string): string {
    return `${this.#prefix}-${name}`;
  }
}
