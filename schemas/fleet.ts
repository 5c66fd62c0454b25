import { z } from 'zod';

/**
 * What two sides of the fleet must agree on to talk. 2: a worker has a queue of its own, and can be told to hand over what
 * it runs. Control is upgraded first: it takes workers from the oldest protocol to its own.
 */
export const PROTOCOL = 2;
export const OLDEST_PROTOCOL = 1;

/** A host's name: short, as in a host table. */
export const HostName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/,
    'a host name has a-z 0-9 . - (at most 63) and starts and ends with a letter or digit',
  );

const Note = z.string().trim().min(1).max(500);

/**
 * Whether a host is to take nothing new, who says so and why. What still runs `deadlineMs` from now is handed over. What is
 * not given stays as an earlier order has it.
 */
export const Draining = z.object({
  draining: z.boolean(),
  by: Note.optional(),
  reason: Note.optional(),
  deadlineMs: z
    .int()
    .min(0)
    .max(366 * 24 * 3_600_000)
    .optional(),
});
export type Draining = z.infer<typeof Draining>;

/** That a host drains. Times are ISO 8601; `handedOverAt`: when it was told to give back what it still ran. */
export const Drain = z.object({
  since: z.string(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  deadlineAt: z.string().nullable(),
  handedOverAt: z.string().nullable(),
});
export type Drain = z.infer<typeof Drain>;

/** Who waits for a host that is still to come. */
export const Expecting = z.object({ by: Note });
export type Expecting = z.infer<typeof Expecting>;

/** That a host is to come: since when (ISO 8601), and who said so. */
export const Expected = z.object({ since: z.string(), by: z.string() });
export type Expected = z.infer<typeof Expected>;

/** A machine: `id` is kept over restarts, empty where the system has none; `boot` names the present boot. */
export const Machine = z.object({ id: z.string(), boot: z.string(), label: z.string() });
export type Machine = z.infer<typeof Machine>;

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
  machine: Machine.optional(),
  /** The queue of this process alone; an older worker has only the one of its host. */
  queue: z.string().optional(),
});
export type Registration = z.infer<typeof Registration>;

/** `stale`: silent for a lease. `offline`: silent for five minutes more, or stopped. `never-seen`: expected, and no more. */
export const HOST_STATUSES = ['online', 'busy', 'draining', 'stale', 'offline', 'never-seen'] as const;
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
  queue: z.string().optional(),
  drain: Drain.optional(),
  expected: Expected.optional(),
  /** With which words its worker left; absent when it fell silent. */
  left: z.string().optional(),
  /** ISO 8601: when one that fell silent was last heard. */
  heardAt: z.string().optional(),
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
  /** Hosts that never came. Absent from a fleet of an older build. */
  expected?: FleetHost[];
  routes: (Route & { openedAt: string })[];
}

/** What presence heartbeats carry, so that a look at the host's workflow shows the host as it is now. */
export const PresenceDetails = z.object({
  at: z.number(),
  slots: z.object({ total: z.int(), used: z.int() }),
  running: z.array(z.object({ taskId: z.string(), attempt: z.int(), sessionId: z.string(), startedAt: z.number() })),
  routes: z.int(),
  /** Whether it takes nothing new; unknown of an older worker. */
  paused: z.boolean().optional(),
});
export type PresenceDetails = z.infer<typeof PresenceDetails>;

/** A host as people are shown it. */
export interface HostView {
  name: string;
  status: HostStatus;
  since: string;
  /** Why it is in this state, in words with times. */
  reason: string;
  drain: Drain | null;
  capabilities: string[];
  reserve: string[];
  slots: { total: number; used: number };
  lastSeenAt: string | null;
  running: PresenceDetails['running'];
  version: string;
  os: string;
}
