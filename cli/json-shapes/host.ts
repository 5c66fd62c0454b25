import { z } from 'zod';
import { Drain, HOST_STATUSES, PresenceDetails, Registration } from '../../schemas/fleet.ts';
import { ProbeReport } from '../../schemas/host-activities.ts';

export const HostJson = z.strictObject({
  name: z.string(),
  status: z.enum(HOST_STATUSES),
  since: z.string(),
  reason: z.string(),
  drain: Drain.nullable(),
  capabilities: z.array(z.string()),
  reserve: z.array(z.string()),
  slots: z.strictObject({ total: z.int(), used: z.int() }),
  lastSeenAt: z.string().nullable(),
  running: PresenceDetails.shape.running,
  version: z.string(),
  os: z.string(),
});
/** `host drain`, `host resume`, `host expect`, and `host forget` as it was before. */
export type HostJson = z.infer<typeof HostJson>;

export const HostListJson = z.strictObject({ hosts: z.array(HostJson) });
export type HostListJson = z.infer<typeof HostListJson>;

export const HostShowJson = HostJson.extend({ registration: Registration.nullable() });
export type HostShowJson = z.infer<typeof HostShowJson>;

export const HostMatrixJson = z.strictObject({
  hosts: z.array(
    HostJson.pick({ name: true, status: true, capabilities: true, reserve: true, version: true, os: true }).extend({
      node: z.string(),
      findings: Registration.shape.findings,
    }),
  ),
});
export type HostMatrixJson = z.infer<typeof HostMatrixJson>;

const DiffedHost = z.strictObject({ name: z.string(), capabilities: z.array(z.string()) });
const DiffedTag = z.strictObject({ tag: z.string(), how: z.string() });

export const HostDiffJson = z.strictObject({
  /** The file compared with, and when it was written. */
  file: z.string(),
  savedAt: z.string(),
  new: z.array(DiffedHost),
  gone: z.array(DiffedHost),
  changed: z.array(
    z.strictObject({
      name: z.string(),
      gained: z.array(DiffedTag),
      lost: z.array(DiffedTag),
      versions: z.array(z.strictObject({ what: z.string(), from: z.string(), to: z.string() })),
    }),
  ),
});
export type HostDiffJson = z.infer<typeof HostDiffJson>;

/** `host`: the name that was asked for; null for this machine. */
export const HostProbeJson = ProbeReport.extend({ host: z.string().nullable() });
export type HostProbeJson = z.infer<typeof HostProbeJson>;
