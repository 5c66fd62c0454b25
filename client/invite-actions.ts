import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  formatCode,
  type InviteView,
  joinStatement,
  type NewInvite,
  parseCode,
  WRONG_CODE,
} from '../schemas/invite.ts';
import { FLEET_QUEUE, INVITES_ID } from '../schemas/names.ts';
import { addInvite, inviteSeed, invitesView, joinByInvite, revokeInvite } from '../workflows/messages.ts';
import { askWorkflow } from './ask.ts';
import { ColibriError } from './errors.ts';
import { announceHost } from './host-orders.ts';
import { newCode, signWithSecret } from './join-code.ts';
import { nearestHint } from './nearest-hint.ts';
import { readFleet } from './read-fleet.ts';

/** An invitation just made; the code is nowhere else. */
export interface Invitation extends InviteView {
  code: string;
}

/** How often a new id may turn out to be taken: there are a million. */
const TRIES = 5;

/**
 * Makes a code by which new hosts may join. With a name only a host of that name, which the fleet knows from then on as
 * one that was never seen. Throws `refused` when a host of that name is up.
 */
export async function createInvite(
  client: Client,
  { name, ttlMs, uses, by }: Pick<NewInvite, 'name' | 'ttlMs' | 'uses' | 'by'>,
): Promise<Invitation> {
  if (name !== null) {
    if (uses > 1) throw new ColibriError('invalid', 'uses: a name is for one machine', 'leave out --name or --uses');
    const holder = (await readFleet(client)).hosts.find((host) => host.name === name);
    if (holder?.status === 'online' || holder?.status === 'draining') {
      throw new ColibriError('refused', `a host named ${name} is ${holder.status}`, 'choose another name');
    }
  }
  for (let tries = 1; ; tries += 1) {
    const { id, secret, salt, cost, publicKey } = await newCode();
    try {
      const view = await add(client, { id, name, salt, cost, publicKey, ttlMs, uses, by });
      if (name !== null) await announceHost(client, name, by);
      return { ...view, code: formatCode({ id, secret }) };
    } catch (error) {
      if (refusalOf(error)?.type !== 'InviteExists' || tries === TRIES) throw asRefused(error);
    }
  }
}

/** All invitations, and for a week those that have ended. */
export async function listInvites(client: Client): Promise<InviteView[]> {
  try {
    return await askWorkflow(() => client.workflow.getHandle(INVITES_ID).query(invitesView));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}

/** Ends an invitation, by its id: the first four characters of its code. Hosts that joined by it stay. */
export async function revoke(client: Client, given: string): Promise<InviteView> {
  const id = given.toUpperCase().slice(0, 4);
  const known = (await listInvites(client)).map((invite) => invite.id);
  if (!known.includes(id)) {
    const hint = nearestHint(id, known, 'see `colibri host invites`');
    throw new ColibriError('not-found', `there is no invitation "${id}"`, hint);
  }
  return askWorkflow(() => client.workflow.getHandle(INVITES_ID).executeUpdate(revokeInvite, { args: [{ id }] }));
}

export interface JoinOptions {
  code: string;
  name: string;
  /** Names this machine's join: said again, it is the same one and costs nothing. */
  joinId: string;
  /** False: only asks whether it might join. A wrong code counts all the same. */
  spend: boolean;
}

/** Joins by a code, or asks whether that would do. Throws `invalid` for what is no code, `refused` with the reason. */
export async function join(client: Client, { code, ...who }: JoinOptions): Promise<InviteView> {
  const parsed = parseCode(code);
  if (parsed === null) {
    throw new ColibriError('invalid', `--code: "${code}" is no join code`, 'it looks like K7QM-4XRT-9PWZ');
  }
  const handle = client.workflow.getHandle(INVITES_ID);
  const statement = { id: parsed.id, ...who };
  try {
    const seed = await askWorkflow(() => handle.query(inviteSeed, parsed.id));
    if (seed === null) throw wrongCode(WRONG_CODE);
    const signature = await signWithSecret(joinStatement(statement), { secret: parsed.secret, ...seed });
    return await askWorkflow(() => handle.executeUpdate(joinByInvite, { args: [{ ...statement, signature }] }));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw wrongCode(WRONG_CODE);
    const refused = refusalOf(error);
    throw refused === undefined ? error : wrongCode(refused.message);
  }
}

async function add(client: Client, invite: NewInvite): Promise<InviteView> {
  return askWorkflow(() =>
    client.workflow.executeUpdateWithStart(addInvite, {
      args: [invite],
      startWorkflowOperation: new WithStartWorkflowOperation('invites', {
        workflowId: INVITES_ID,
        taskQueue: FLEET_QUEUE,
        args: [],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: 'invitations for new hosts',
      }),
    }),
  );
}

function wrongCode(message: string): ColibriError {
  return new ColibriError('refused', message, 'for another: `colibri host invite` on a machine of the fleet');
}

function refusalOf(error: unknown): ApplicationFailure | undefined {
  return error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure
    ? error.cause
    : undefined;
}

function asRefused(error: unknown): unknown {
  const cause = refusalOf(error);
  return cause === undefined ? error : new ColibriError('refused', cause.message, undefined, { cause: error });
}
