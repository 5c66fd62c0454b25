import type { Client } from '@temporalio/client';
import type { InviteView, NewInvite } from '../schemas/invite.ts';
import { createInvite, type Invitation, type JoinOptions, join, listInvites, revoke } from './invite-actions.ts';
import { authorizeOperator, type Principal } from './permissions.ts';

/** The invitations: codes by which new machines join. Only an operator has to do with them; an agent is `refused`. */
export class Invites {
  readonly #client: Client;
  readonly #principal: Principal;

  constructor(client: Client, principal: Principal) {
    this.#client = client;
    this.#principal = principal;
  }

  /** Makes a code by which new hosts may join. */
  async create(options: Pick<NewInvite, 'name' | 'ttlMs' | 'uses' | 'by'>): Promise<Invitation> {
    authorizeOperator(this.#principal, 'invite hosts');
    return createInvite(this.#client, options);
  }

  /** All invitations, and for a week those that have ended. */
  async list(): Promise<InviteView[]> {
    authorizeOperator(this.#principal, 'see invitations');
    return listInvites(this.#client);
  }

  /** Ends an invitation; hosts that joined by it stay. */
  async revoke(id: string): Promise<InviteView> {
    authorizeOperator(this.#principal, 'revoke invitations');
    return revoke(this.#client, id);
  }

  /** Lets this machine join by a code, or asks whether it might. */
  async join(options: JoinOptions): Promise<InviteView> {
    authorizeOperator(this.#principal, 'let a machine join');
    return join(this.#client, options);
  }
}
