import { z } from 'zod';

/** What two sides of the fleet must agree on to talk; raised only by a change that older workers cannot follow. */
export const PROTOCOL = 1;

/** A host's name: short, as in a host table. */
export const HostName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/,
    'a host name has a-z 0-9 . - (at most 63) and starts and ends with a letter or digit',
  );

/** Whether a host is to take nothing new. */
export const Draining = z.object({ draining: z.boolean() });
export type Draining = z.infer<typeof Draining>;

/** How a probe came to its word about one tag. */
export const Finding = z.object({
  tag: z.string(),
  found: z.boolean(),
  how: z.string(),
  version: z.string().optional(),
});
export type Finding = z.infer<typeof Finding>;

/** What a starting worker says of its host. `hostId` stands for the machine and its state folder, `instanceId` for this process. */
export const Registration = z.object({
  name: HostName,
  hostId: z.string(),
  instanceId: z.string(),
  protocol: z.int(),
  version: z.string(),
  os: z.string(),
  node: z.string(),
  containment: z.string(),
  slots: z.int().min(1),
  leaseMs: z.int(),
  capabilities: z.array(z.string()),
  /** Tags that it keeps itself for: work that requires none of them it does not take. */
  reserve: z.array(z.string()).optional(),
  findings: z.array(Finding),
});
export type Registration = z.infer<typeof Registration>;

/** `stale`: silent for a lease. `offline`: silent for five minutes more, or stopped. */
export const HOST_STATUSES = ['online', 'busy', 'draining', 'stale', 'offline'] as const;
export type HostStatus = (typeof HOST_STATUSES)[number];

/** A host as the fleet keeps it. `busy` is not among its states: slots in use change too often to be kept here. */
export const FleetHost = z.object({
  name: z.string(),
  status: z.enum(HOST_STATUSES).exclude(['busy']),
  /** ISO 8601: when the status last changed. */
  since: z.string(),
  instanceId: z.string(),
  capabilities: z.array(z.string()),
  reserve: z.array(z.string()).optional(),
  slots: z.int(),
  leaseMs: z.int(),
  version: z.string(),
  os: z.string(),
});
export type FleetHost = z.infer<typeof FleetHost>;

/** A tag set with its queue. `or`: further sets, each of which will do as well. `host`: the one that alone may serve it. */
export const Route = z.object({
  queue: z.string(),
  tags: z.array(z.string()),
  or: z.array(z.array(z.string())).optional(),
  host: z.string().optional(),
});
export type Route = z.infer<typeof Route>;

/** What the fleet workflow answers. */
export interface FleetView {
  hosts: FleetHost[];
  routes: (Route & { openedAt: string })[];
}

/** What presence heartbeats carry, so that a look at the host's workflow shows the host as it is now. */
export const PresenceDetails = z.object({
  at: z.number(),
  slots: z.object({ total: z.int(), used: z.int() }),
  running: z.array(z.object({ taskId: z.string(), attempt: z.int(), sessionId: z.string(), startedAt: z.number() })),
  routes: z.int(),
});
export type PresenceDetails = z.infer<typeof PresenceDetails>;

/** A host as people are shown it. */
export interface HostView {
  name: string;
  status: HostStatus;
  since: string;
  capabilities: string[];
  reserve: string[];
  slots: { total: number; used: number };
  lastSeenAt: string | null;
  running: PresenceDetails['running'];
  version: string;
  os: string;
}
