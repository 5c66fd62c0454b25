import { z } from 'zod';
import { INVITE_STATES } from '../../schemas/invite.ts';

const InviteJson = z.strictObject({
  id: z.string(),
  name: z.string().nullable(),
  state: z.enum(INVITE_STATES),
  createdAt: z.string(),
  expiresAt: z.string(),
  by: z.string(),
  uses: z.strictObject({ total: z.int(), left: z.int() }),
  /** Wrong guesses so far. */
  wrong: z.int(),
  joined: z.array(z.strictObject({ name: z.string(), at: z.string() })),
});
/** `command`: what to run on the new machine. `guessed`: its address is this machine's name, for want of a better one. */
export const HostInviteJson = InviteJson.extend({
  code: z.string(),
  command: z.array(z.string()),
  guessed: z.boolean(),
});
export type HostInviteJson = z.infer<typeof HostInviteJson>;

export const HostInvitesJson = z.strictObject({ invites: z.array(InviteJson) });
export type HostInvitesJson = z.infer<typeof HostInvitesJson>;

/** `ok`: looked at, and right. `done`: changed. `kept`: there was nothing to change. `skipped`: not asked for, or not yet due. */
const StepJson = z.strictObject({
  step: z.string(),
  status: z.enum(['ok', 'done', 'kept', 'skipped']),
  detail: z.string(),
});
/** `start`: what to run where no service was installed. `task`: the one that ran here and came back, if any did. */
export const OnboardJson = z.strictObject({
  name: z.string(),
  address: z.string(),
  namespace: z.string(),
  home: z.string(),
  user: z.string(),
  service: z.string().nullable(),
  start: z.array(z.string()).nullable(),
  task: z.string().nullable(),
  steps: z.array(StepJson),
});
export type OnboardJson = z.infer<typeof OnboardJson>;

/** Modes as in `ls`, in octal digits. `content` is null for what is written as it goes. */
export const OnboardPrintJson = z.strictObject({
  name: z.string(),
  user: z.string(),
  folders: z.array(z.strictObject({ path: z.string(), mode: z.string(), owner: z.string() })),
  files: z.array(
    z.strictObject({
      path: z.string(),
      mode: z.string(),
      owner: z.string(),
      about: z.string(),
      content: z.string().nullable(),
    }),
  ),
  commands: z.array(z.strictObject({ command: z.array(z.string()), about: z.string() })),
  start: z.array(z.string()).nullable(),
});
export type OnboardPrintJson = z.infer<typeof OnboardPrintJson>;

/** `left`: what is still in the home folder, because onboarding did not make it. */
export const OffboardJson = z.strictObject({
  name: z.string(),
  home: z.string(),
  removed: z.array(z.string()),
  left: z.array(z.string()),
  steps: z.array(StepJson),
});
export type OffboardJson = z.infer<typeof OffboardJson>;
