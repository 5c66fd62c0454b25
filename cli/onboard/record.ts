import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ColibriError } from '../../client/errors.ts';

export const SERVICE_KINDS = ['systemd', 'systemd --user', 'rc.d'] as const;
export type ServiceKind = (typeof SERVICE_KINDS)[number];

/** What onboarding did on this machine, for a second run, for `doctor` and for `offboard`. Times are ISO 8601. */
export const Onboarding = z.object({
  version: z.literal(1),
  name: z.string(),
  address: z.string(),
  namespace: z.string(),
  user: z.string(),
  joinId: z.string(),
  joinedAt: z.string().nullable(),
  service: z.object({ kind: z.enum(SERVICE_KINDS), unit: z.string(), path: z.string() }).nullable(),
  /** The configuration has changed since the service was last started. */
  unread: z.boolean(),
  /** Folders that were made, outermost first. */
  folders: z.array(z.string()),
  /** Files that were written; `previous`: what stood there before, null when there was none. */
  files: z.array(z.object({ path: z.string(), previous: z.string().nullable() })),
  /** What the home folder held before. */
  found: z.array(z.string()),
  probed: z.object({ at: z.string(), tags: z.array(z.string()) }).nullable(),
  verified: z.object({ at: z.string(), taskId: z.string() }).nullable(),
});
export type Onboarding = z.infer<typeof Onboarding>;

export function recordPath(home: string): string {
  return join(home, 'onboarding.json');
}

/** What was done with this home folder; null when nothing was. Throws `invalid` when the record cannot be read. */
export function readRecord(home: string): Onboarding | null {
  const path = recordPath(home);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new ColibriError('invalid', `${path} cannot be read: ${(error as Error).message}`, 'run this as its owner');
  }
  try {
    return Onboarding.parse(JSON.parse(text));
  } catch {
    throw new ColibriError(
      'invalid',
      `${path} is no record of an onboarding`,
      'move it away; then onboard again, which mends the rest',
    );
  }
}
