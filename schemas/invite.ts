import { z } from 'zod';
import { duration } from './duration.ts';
import { HostName } from './fleet.ts';

/** Crockford's base 32, without letters that are read for digits: five bits a character. */
export const CODE_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** A code is the invitation's id, which is no secret, and a secret of 40 bits. */
const ID_LENGTH = 4;
const SECRET_LENGTH = 8;

/** So many wrong secrets close an invitation. */
export const MAX_GUESSES = 5;
/** Most invitations that are kept, open ones and those that ended lately. */
export const MAX_INVITES = 500;
/** An invitation that has ended is listed for so long. */
export const LISTED_FOR_MS = 7 * 86_400_000;

/** Of the id of an invitation. */
export const InviteId = z.string().regex(new RegExp(`^[${CODE_ALPHABET}]{${ID_LENGTH}}$`), 'is no id of an invitation');
export const InviteTtl = duration({ minMs: 10_000, maxMs: 7 * 86_400_000 });
export const InviteUses = z
  .int()
  .min(1, 'give a whole number from 1 to 100')
  .max(100, 'give a whole number from 1 to 100');

/** What scrypt is asked to spend on one guess. */
export const KeyCost = z.object({ N: z.int(), r: z.int(), p: z.int() });
export type KeyCost = z.infer<typeof KeyCost>;

/** A new invitation. `salt` and `publicKey`: base64; what the key is made from never leaves the two machines. */
export const NewInvite = z.object({
  id: InviteId,
  /** The only name that may join by it; null: any that is free. */
  name: HostName.nullable(),
  salt: z.string().max(100),
  publicKey: z.string().max(200),
  cost: KeyCost,
  ttlMs: z
    .int()
    .min(10_000)
    .max(7 * 86_400_000),
  uses: InviteUses,
  by: z.string().max(200),
});
export type NewInvite = z.infer<typeof NewInvite>;

/** A machine that asks to join, or with `spend` false whether it might. `joinId` makes a repetition the same join. */
export const JoinRequest = z.object({
  id: InviteId,
  name: HostName,
  joinId: z.string().min(8).max(100),
  spend: z.boolean(),
  signature: z.string().max(200),
});
export type JoinRequest = z.infer<typeof JoinRequest>;

/** An invitation as it is kept. Times are ISO 8601. */
export const Invite = NewInvite.omit({ ttlMs: true }).extend({
  createdAt: z.string(),
  expiresAt: z.string(),
  wrong: z.int(),
  revokedAt: z.string().nullable(),
  joined: z.array(z.object({ joinId: z.string(), name: z.string(), at: z.string() })),
});
export type Invite = z.infer<typeof Invite>;

export const INVITE_STATES = ['open', 'used', 'expired', 'closed', 'revoked'] as const;
export type InviteState = (typeof INVITE_STATES)[number];

/** An invitation as people are shown it. */
export interface InviteView {
  id: string;
  name: string | null;
  state: InviteState;
  createdAt: string;
  expiresAt: string;
  by: string;
  uses: { total: number; left: number };
  wrong: number;
  joined: { name: string; at: string }[];
}

/** How an invitation stands. `closed`: the secret was guessed wrong too often. */
export function inviteState(invite: Invite, nowMs: number): InviteState {
  if (invite.revokedAt !== null) return 'revoked';
  if (invite.wrong >= MAX_GUESSES) return 'closed';
  if (invite.joined.length >= invite.uses) return 'used';
  return nowMs >= Date.parse(invite.expiresAt) ? 'expired' : 'open';
}

/** Why this machine may not join by it; null when it may. One that has joined may say so again, for ever. */
export function refuseJoin(
  invite: Invite | undefined,
  request: Pick<JoinRequest, 'name' | 'joinId'>,
  nowMs: number,
): string | null {
  if (invite === undefined) return WRONG_CODE;
  if (invite.joined.some(({ joinId, name }) => joinId === request.joinId && name === request.name)) return null;
  const state = inviteState(invite, nowMs);
  if (state === 'open') {
    if (invite.name === null || invite.name === request.name) return null;
    return `this code is for a host named ${invite.name}, not ${request.name}: give --name ${invite.name}`;
  }
  const last = invite.joined.at(-1);
  switch (state) {
    case 'used':
      return `this code has been used: ${last?.name} joined by it at ${last?.at}`;
    case 'expired':
      return `this code expired at ${invite.expiresAt}`;
    case 'closed':
      return `this code is closed: it was given wrong ${invite.wrong} times`;
    case 'revoked':
      return `this code was revoked at ${invite.revokedAt}`;
  }
}

/** The same for an id that nobody has and for a secret that is wrong. */
export const WRONG_CODE = 'this code is not right';

/** What a machine signs to show that it knows the secret: of no use for any other join. */
export function joinStatement({ id, name, joinId, spend }: Omit<JoinRequest, 'signature'>): string {
  return JSON.stringify(['colibri join', id, name, joinId, spend]);
}

/** Takes a code apart, however it was typed: blanks, dashes and case do not count, O is 0, I and L are 1. */
export function parseCode(text: string): { id: string; secret: string } | null {
  const plain = text.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  if (plain.length !== ID_LENGTH + SECRET_LENGTH) return null;
  if ([...plain].some((char) => !CODE_ALPHABET.includes(char))) return null;
  return { id: plain.slice(0, ID_LENGTH), secret: plain.slice(ID_LENGTH) };
}

/** The characters of a code from as many random bytes. */
export function codeFrom(bytes: Uint8Array): { id: string; secret: string } {
  const text = [...bytes].map((byte) => CODE_ALPHABET[byte % CODE_ALPHABET.length]).join('');
  return { id: text.slice(0, ID_LENGTH), secret: text.slice(ID_LENGTH, ID_LENGTH + SECRET_LENGTH) };
}

export const CODE_LENGTH: number = ID_LENGTH + SECRET_LENGTH;

/** `K7QM-4XRT-9PWZ`. */
export function formatCode({ id, secret }: { id: string; secret: string }): string {
  return (id + secret).replace(/(.{4})(?=.)/g, '$1-');
}
