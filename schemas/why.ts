import { formatDuration } from './duration.ts';
import type { HostStatus } from './fleet.ts';
import { nearest } from './nearest.ts';
import { type Demand, lacking, mayServe } from './serving.ts';
import { VOCABULARY_TAGS } from './tags.ts';

export const WAIT_REASONS = [
  'no-host-has-tag',
  'no-host-has-all',
  'no-such-host',
  'all-reserved',
  'all-offline',
  'all-draining',
  'all-busy',
  'starting',
  'not-begun',
  'limit',
  'assigned',
  'retry-later',
  'not-waiting',
] as const;
export type WaitReason = (typeof WAIT_REASONS)[number];

/** What `why` needs to know of a host. */
export interface WhyHost {
  name: string;
  status: HostStatus;
  capabilities: readonly string[];
  reserve?: readonly string[] | undefined;
}

export interface WhyAnswer {
  /** What the fleet can say; the rest of the reasons are the task's own. */
  reason: Exclude<WaitReason, 'not-begun' | 'limit' | 'assigned' | 'retry-later' | 'not-waiting'>;
  sentence: string;
  requires: { tag: string; hosts: string[]; nearest: string[] }[];
  /** `missing`: what it lacks for the set to which it comes closest. `reserved`: the tags it keeps itself for. */
  hosts: { name: string; status: HostStatus; missing: string[]; reserved: string[] }[];
}

/**
 * Why a task waits, given the fleet as it is. Pure: each filter a host passes or fails is kept in the answer, so the
 * sentence never says more than the table shows.
 */
export function explainWait(demand: Demand, hosts: readonly WhyHost[]): WhyAnswer {
  const sorted = [...hosts].sort((a, b) => (a.name < b.name ? -1 : 1));
  const known = new Set([...VOCABULARY_TAGS, ...sorted.flatMap((h) => [...h.capabilities])]);
  const table = demand.tags.map((tag) => {
    const having = sorted.filter((h) => h.capabilities.includes(tag)).map((h) => h.name);
    // A word of the vocabulary is what was meant: "freebsd" is not "freebsd-jail" misspelt.
    const misspelt = having.length === 0 && !VOCABULARY_TAGS.includes(tag);
    return { tag, hosts: having, nearest: misspelt ? nearest(tag, known) : [] };
  });
  const judged = sorted.map((h) => {
    const missing = lacking(demand, h);
    const reserved = missing.length === 0 && !mayServe(demand, h) ? [...(h.reserve ?? [])] : [];
    return { name: h.name, status: h.status, missing, reserved };
  });
  const { reason, sentence } = verdict(demand, table, judged);
  return { reason, sentence, requires: table, hosts: judged };
}

type Verdict = Pick<WhyAnswer, 'reason' | 'sentence'>;

function verdict(demand: Demand, table: WhyAnswer['requires'], all: WhyAnswer['hosts']): Verdict {
  if (all.length === 0) {
    return {
      reason: 'all-offline',
      sentence: 'No host has joined the fleet yet. Start one with `colibri worker host`.',
    };
  }
  const pinned = demand.host ?? null;
  const judged = pinned === null ? all : all.filter(({ name }) => name === pinned);
  if (pinned !== null && judged.length === 0) {
    const near = nearest(
      pinned,
      all.map(({ name }) => name),
    );
    const hint = near.length > 0 ? ` (did you mean ${near.map(quote).join(' or ')}?)` : '';
    return {
      reason: 'no-such-host',
      sentence: `It may run on "${pinned}" alone, and no host of that name has joined${hint}.`,
    };
  }
  const capable = judged.filter((h) => h.missing.length === 0);
  if (capable.length === 0) return unmet(demand, table, judged);
  const serving = capable.filter((h) => h.reserved.length === 0);
  const away = (h: { status: HostStatus }) => !['online', 'busy', 'draining'].includes(h.status);
  const kept = capable.filter((h) => h.reserved.length > 0 && !away(h));
  // That others are away is less to the point than that one which is here may not.
  if (serving.length === 0) return reservedFor(capable, []);
  if (kept.length > 0 && serving.every(away)) return reservedFor(kept, serving);
  return standing(serving);
}

/** No host has all tags of one set. */
function unmet({ or = [] }: Demand, table: WhyAnswer['requires'], judged: WhyAnswer['hosts']): Verdict {
  const unknown = table.filter((row) => row.hosts.length === 0);
  const others = or.length === 0 ? '' : `, nor all of ${or.map((set) => set.map(quote).join(', ')).join(' or of ')}`;
  if (unknown.length > 0) {
    const parts = unknown.map((row) => {
      const hint = row.nearest.length > 0 ? ` (did you mean ${row.nearest.map(quote).join(' or ')}?)` : '';
      return `${quote(row.tag)}${hint}`;
    });
    return {
      reason: 'no-host-has-tag',
      sentence: `No host has ${parts.join(' nor ')}${others}. It starts by itself when one does.`,
    };
  }
  const closest = [...judged].sort((a, b) => a.missing.length - b.missing.length)[0];
  const lacks = closest ? `; ${closest.name} comes closest and lacks ${closest.missing.map(quote).join(', ')}` : '';
  if (judged.length === 1 && closest) {
    return {
      reason: 'no-host-has-all',
      sentence: `${closest.name} lacks ${closest.missing.map(quote).join(', ')}${others}. It starts by itself when it has all.`,
    };
  }
  const tags = table.map((row) => quote(row.tag)).join(', ');
  return {
    reason: 'no-host-has-all',
    sentence: `No single host has all of ${tags}${others}${lacks}. It starts by itself when one does.`,
  };
}

function reservedFor(kept: WhyAnswer['hosts'], away: WhyAnswer['hosts']): Verdict {
  const parts = kept.map((h) => `${h.name} keeps itself for tasks that require ${h.reserved.map(quote).join(' or ')}`);
  const [one] = away;
  const until =
    one === undefined ? 'another host can do it' : away.length === 1 ? `${one.name} is back` : 'one of them is back';
  if (one !== undefined) {
    parts.push(
      `${away.map((h) => h.name).join(', ')} could do it but ${away.length === 1 ? 'does' : 'do'} not answer now`,
    );
  }
  return { reason: 'all-reserved', sentence: `${parts.join('; ')}. It starts by itself when ${until}.` };
}

/** Some hosts may run it: what they are at. */
function standing(capable: WhyAnswer['hosts']): Verdict {
  const names = (list: { name: string }[]) => list.map((h) => h.name).join(', ');
  const live = capable.filter((h) => h.status === 'online' || h.status === 'busy' || h.status === 'draining');
  if (live.length === 0) {
    return {
      reason: 'all-offline',
      sentence: `${names(capable)} could do it but ${capable.length === 1 ? 'does' : 'do'} not answer now. It starts by itself when ${capable.length === 1 ? 'it is' : 'one is'} back.`,
    };
  }
  const taking = live.filter((h) => h.status !== 'draining');
  if (taking.length === 0) {
    return {
      reason: 'all-draining',
      sentence: `${names(live)} could do it but ${live.length === 1 ? 'is' : 'are'} draining and ${live.length === 1 ? 'takes' : 'take'} nothing new. Resume with \`colibri host resume ${live.length === 1 ? names(live) : 'NAME'}\`.`,
    };
  }
  const free = taking.filter((h) => h.status === 'online');
  if (free.length === 0) {
    return {
      reason: 'all-busy',
      sentence: `${names(taking)} can do it and ${taking.length === 1 ? 'is' : 'are'} busy. It starts when a slot is free.`,
    };
  }
  return {
    reason: 'starting',
    sentence: `${names(free)} can do it and ${free.length === 1 ? 'is' : 'are'} free: it is about to start.`,
  };
}

function quote(tag: string): string {
  return `"${tag}"`;
}

/** "since" as people say it. */
export function waitedFor(sinceMs: number, nowMs: number): string {
  return formatDuration(Math.max(0, nowMs - sinceMs));
}
