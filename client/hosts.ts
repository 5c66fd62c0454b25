import type { Client } from '@temporalio/client';
import type { HostStatus, HostView, Registration } from '../schemas/fleet.ts';
import type { ProbeReport } from '../schemas/host-activities.ts';
import { hostWorkflowId } from '../schemas/names.ts';
import { hostRegistration, probeHost } from '../workflows/messages.ts';
import { askWorkflow } from './ask.ts';
import { announceHost, type DrainOrder, forgetHost, orderDraining } from './host-orders.ts';
import { noSuchHost } from './known-host.ts';
import { authorizeOperator, type Principal } from './permissions.ts';
import { readHosts } from './read-fleet.ts';
import { updateWorkflow } from './update.ts';

/** The machines. All may see them; only an operator changes anything. An unknown name is `not-found`, with the nearest. */
export class Hosts {
  readonly #client: Client;
  readonly #principal: Principal;

  constructor(client: Client, principal: Principal) {
    this.#client = client;
    this.#principal = principal;
  }

  /** Every host, those that are yet to come among them, by name. */
  list(): Promise<HostView[]> {
    return readHosts(this.#client);
  }

  /** One host with what its worker said of itself, probes included. */
  async show(name: string): Promise<HostView & { registration: Registration | null }> {
    const hosts = await readHosts(this.#client, undefined, (host) => host.name === name);
    const view = hosts.find((host) => host.name === name);
    const names = hosts.map((host) => host.name);
    if (!view) throw noSuchHost(name, names);
    const registration = await askWorkflow(() => this.#handle(name).query(hostRegistration));
    return { ...view, registration };
  }

  /** Runs the probes of a live host now and says what each found; what it polls follows. */
  async probe(name: string): Promise<ProbeReport> {
    authorizeOperator(this.#principal, 'probe a host');
    await this.show(name);
    return updateWorkflow(() => this.#handle(name).executeUpdate(probeHost));
  }

  /** A draining host finishes what it has and takes nothing new; what still runs at a deadline is handed over. */
  async setDraining(name: string, draining: boolean, order: DrainOrder = {}): Promise<void> {
    authorizeOperator(this.#principal, 'drain or resume a host');
    await this.show(name);
    await orderDraining(this.#client, name, draining, order);
  }

  /** Announces a host that is to come: it is shown as never seen until it registers. One that is known stays as it is. */
  async expect(name: string, by: string): Promise<{ status: HostStatus }> {
    authorizeOperator(this.#principal, 'announce a host');
    return announceHost(this.#client, name, by);
  }

  /** Takes a host off the fleet that is offline or never came. Refused while it is in any other state. */
  async forget(name: string): Promise<HostView> {
    authorizeOperator(this.#principal, 'forget a host');
    const { registration: _, ...view } = await this.show(name);
    await forgetHost(this.#client, name);
    return view;
  }

  #handle(name: string) {
    return this.#client.workflow.getHandle(hostWorkflowId(name));
  }
}
