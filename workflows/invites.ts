import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities.ts';
import type { Invite, InviteView } from '../schemas/invite.ts';
import { iso } from './iso.ts';
import { addInvite, inviteSeed, invitesView, joinByInvite, revokeInvite } from './messages.ts';
import { refuseUnreadable } from './read-message.ts';
import {
  inviteState,
  joinStatement,
  LISTED_FOR_MS,
  MAX_INVITES,
  readJoinRequest,
  readNewInvite,
  readRevocation,
  refuseJoin,
  WRONG_CODE,
} from './rules.ts';

const { verifySignature } = proxyLocalActivities<ControlActivities>({ startToCloseTimeout: '10s' });

/** What one run hands to the next. */
export interface InvitesState {
  invites: Invite[];
}

/**
 * Invitations for new hosts, one workflow for the installation, for ever. It keeps a public key for each, so that nothing
 * in its history lets anyone join; whoever knows the code signs with the private one.
 */
export async function invites(carried?: InvitesState): Promise<never> {
  const kept = new Map((carried?.invites ?? []).map((invite) => [invite.id, invite]));
  const show = () => {
    const lines = [...kept.values()].map((invite) => {
      const { id, name, state, expiresAt, uses } = viewOf(invite);
      return `- **${id}** ${state}: ${name ?? 'any name'}, ${uses.left} of ${uses.total} left, until ${expiresAt}`;
    });
    setCurrentDetails(lines.join('\n') || 'no invitations');
  };

  setHandler(invitesView, () => [...kept.values()].map(viewOf));
  setHandler(inviteSeed, (id) => {
    const invite = kept.get(id);
    if (invite === undefined) return null;
    const { salt, cost, name } = invite;
    return { salt, cost, name };
  });
  setHandler(
    addInvite,
    (given) => {
      forgetOld();
      const { ttlMs, ...rest } = given;
      const now = Date.now();
      const invite: Invite = {
        ...rest,
        createdAt: iso(now),
        expiresAt: iso(now + ttlMs),
        wrong: 0,
        revokedAt: null,
        joined: [],
      };
      kept.set(given.id, invite);
      show();
      return viewOf(invite);
    },
    {
      validator: (given) => {
        refuseUnreadable(readNewInvite, given);
        if (kept.has(given.id)) throw refusal('InviteExists', `the id ${given.id} is taken`);
        if ([...kept.values()].filter((invite) => !isOld(invite)).length >= MAX_INVITES) {
          throw refusal(
            'TooManyInvites',
            `there are ${MAX_INVITES} invitations: revoke some, or wait until they expire`,
          );
        }
      },
    },
  );
  setHandler(
    joinByInvite,
    async (request) => {
      const invite = kept.get(request.id) as Invite;
      const { signature, ...said } = request;
      const right = await verifySignature({ publicKey: invite.publicKey, text: joinStatement(said), signature });
      // Others may have joined, or guessed, in the meantime.
      refuse(request);
      if (!right) {
        invite.wrong += 1;
        show();
        throw refusal('JoinRefused', WRONG_CODE);
      }
      if (request.spend && !invite.joined.some(({ joinId }) => joinId === request.joinId)) {
        invite.joined.push({ joinId: request.joinId, name: request.name, at: iso(Date.now()) });
        show();
      }
      return viewOf(invite);
    },
    {
      validator: (request) => {
        refuseUnreadable(readJoinRequest, request);
        refuse(request);
      },
    },
  );
  setHandler(
    revokeInvite,
    ({ id }) => {
      const invite = kept.get(id) as Invite;
      invite.revokedAt ??= iso(Date.now());
      show();
      return viewOf(invite);
    },
    {
      validator: (given) => {
        refuseUnreadable(readRevocation, given);
        if (!kept.has(given.id)) throw refusal('NoSuchInvite', `there is no invitation ${given.id}`);
      },
    },
  );

  show();
  await condition(() => workflowInfo().continueAsNewSuggested);
  await condition(allHandlersFinished);
  return continueAsNew<typeof invites>({ invites: [...kept.values()] });

  function refuse(request: Parameters<typeof refuseJoin>[1] & { id: string }): void {
    const why = refuseJoin(kept.get(request.id), request, Date.now());
    if (why !== null) throw refusal('JoinRefused', why);
  }

  function forgetOld(): void {
    for (const invite of kept.values()) if (isOld(invite)) kept.delete(invite.id);
  }
}

function isOld(invite: Invite): boolean {
  return Date.now() > Date.parse(invite.expiresAt) + LISTED_FOR_MS;
}

function viewOf(invite: Invite): InviteView {
  const { id, name, createdAt, expiresAt, by, uses, wrong, joined } = invite;
  return {
    ...{ id, name, state: inviteState(invite, Date.now()), createdAt, expiresAt, by, wrong },
    uses: { total: uses, left: Math.max(0, uses - joined.length) },
    joined: joined.map(({ name: host, at }) => ({ name: host, at })),
  };
}

function refusal(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true });
}
