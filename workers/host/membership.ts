import { isDeepStrictEqual } from 'node:util';
import type { Client } from '@temporalio/client';
import type { Registration } from '../../schemas/fleet.ts';
import type { PollLog } from './polling/types.ts';
import { refreshHost, registerHost } from './register-host.ts';

export interface MembershipOptions {
  client: Client;
  /** This host as it is now. */
  registration: () => Registration;
  /** Ends all telling. */
  signal: AbortSignal;
  /** The fleet has taken the host in, and gives it a presence in place of any other. */
  onJoined: () => void;
  log: PollLog;
}

/**
 * What the fleet knows of this host. One call at a time, each with what holds when it begins, until the fleet knows what
 * holds: two at once could arrive in the wrong order, and each registration ends the presence that another was given.
 */
export class Membership {
  readonly #options: MembershipOptions;
  #due = false;
  /** The tags that the fleet has last taken note of; undefined before the first registration. */
  #told: readonly string[] | undefined;
  #agreeing: Promise<void> | undefined;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /**
   * Registers the host, for as long as that takes, or waits for the registration under way.
   * @throws {RegistrationRefused}
   */
  enlist(again?: string): Promise<void> {
    if (again !== undefined && !this.#due) this.#options.log.info({ why: again }, 'registering again');
    this.#due = true;
    return this.#agree();
  }

  /**
   * Tells the fleet what the host can do, if that is not what it was last told.
   * @throws {RegistrationRefused} when it had to register again.
   */
  tell(): Promise<void> {
    return this.#agree();
  }

  #agree(): Promise<void> {
    // Not begun at once: it takes itself off when it ends, which must come after it was put here.
    this.#agreeing ??= Promise.resolve().then(() => this.#untilAgreed());
    return this.#agreeing;
  }

  async #untilAgreed(): Promise<void> {
    try {
      while (!this.#options.signal.aborted && (this.#due || this.#hasChanged())) {
        if (this.#due) await this.#register();
        else await this.#refresh();
      }
    } finally {
      this.#agreeing = undefined;
    }
  }

  #hasChanged(): boolean {
    const { capabilities } = this.#options.registration();
    return this.#told !== undefined && !isDeepStrictEqual(this.#told, capabilities);
  }

  async #register(): Promise<void> {
    const { client, registration, signal, onJoined, log } = this.#options;
    const given = registration();
    try {
      await registerHost(client, given, signal, log);
    } finally {
      this.#due = false;
    }
    if (signal.aborted) return;
    this.#told = given.capabilities;
    onJoined();
  }

  async #refresh(): Promise<void> {
    const { client, registration, signal, log } = this.#options;
    const given = registration();
    try {
      await refreshHost(client, given);
      this.#told = given.capabilities;
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ error: (error as Error).message }, 'the fleet could not be told; registering again');
      this.#due = true;
    }
  }
}
