import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fleet } from '../../system/harness/fleet.ts';
import { Program } from '../../system/harness/program.ts';
import { Relay } from '../../system/harness/relay.ts';
import { Network, SERVER_IP, SERVER_PORT } from './network.ts';

export const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/system/${name}`, import.meta.url));

/** A network with its server, and the fleet that uses it. The test itself reaches the server through a relay. */
export class Site {
  readonly network: Network;
  fleet!: Fleet;
  readonly #dir = mkdtempSync(join(tmpdir(), 'site-'));
  #server: Program | undefined;
  #doorway: Program | undefined;
  #relay: Relay | undefined;

  private constructor(hosts: readonly string[]) {
    this.network = new Network(hosts);
  }

  static async build(hosts: readonly string[], lease: string): Promise<Site> {
    const site = new Site(hosts);
    try {
      await site.startServer();
      const socket = join(site.#dir, 'server.sock');
      site.#doorway = site.#runOnServer('doorway', ['doorway.mjs', socket, SERVER_IP, String(SERVER_PORT)]);
      await site.#doorway.said(/^open$/);
      site.#relay = await Relay.to({ path: socket });
      site.fleet = await Fleet.start({
        server: { address: site.#relay.address, namespace: 'default' },
        workersReach: `${SERVER_IP}:${SERVER_PORT}`,
        controlPrefix: site.network.on('server'),
        lease,
      });
      return site;
    } catch (error) {
      await site.close();
      throw error;
    }
  }

  /** Starts the server on the file that it always has. */
  async startServer(): Promise<void> {
    const file = join(this.#dir, 'server.db');
    this.#server = this.#runOnServer('server', ['server.mjs', String(SERVER_PORT), file]);
    await this.#server.said(/the server is up/);
  }

  /** Kills Temporal's own process by SIGKILL. */
  async killServer(): Promise<void> {
    const { pid } = JSON.parse((await this.#server?.said(/the server is up/)) ?? '{}') as { pid: number };
    process.kill(pid, 'SIGKILL');
    await this.#server?.exited;
  }

  startHost(name: string, slots: number): Promise<Program> {
    return this.fleet.startHost(name, { tags: ['linux'], slots, prefix: this.network.on(name) });
  }

  async close(): Promise<void> {
    try {
      await this.fleet?.close();
      await this.#relay?.close();
      await this.#doorway?.stop();
      await this.#server?.stop();
    } finally {
      this.network.destroy();
      rmSync(this.#dir, { recursive: true, force: true });
    }
  }

  #runOnServer(name: string, [script = '', ...args]: readonly string[]): Program {
    const { PATH = '', TMPDIR = '', COLIBRI_TEST_RUN = '', ...rest } = process.env;
    const kept = Object.entries(rest).filter(([key]) =>
      /^(HOME|XDG_CACHE_HOME|COLIBRI_(CACHE|TEMPORAL)\w*)$/.test(key),
    );
    const env = { ...Object.fromEntries(kept), PATH, TMPDIR, COLIBRI_TEST_RUN } as Record<string, string>;
    return new Program(name, [process.execPath, fixture(script), ...args], { prefix: this.network.on('server'), env });
  }
}
