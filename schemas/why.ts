import { formatDuration } from './duration.ts';
import type { HostStatus } from './fleet.ts';
import { nearest } from './nearest.ts';
import { missingTags, VOCABULARY_TAGS } from './tags.ts';

export const WAIT_REASONS = [
  'no-host-has-tag',
  'no-host-has-all',
  'all-offline',
  'all-draining',
  'all-busy',
  'starting',
  'not-waiting',
] as const;
export type WaitReason = (typeof WAIT_REASONS)[number];

/** What `why` needs to know of a host. */
export interface WhyHost {
  name: string;
  status: HostStatus;
  capabilities: readonly string[];
}

export interface WhyAnswer {
  reason: Exclude<WaitReason, 'not-waiting'>;
  sentence: string;
  requires: { tag: string; hosts: string[]; nearest: string[] }[];
  hosts: { name: string; status: HostStatus; missing: string[] }[];
}

/**
 * Why a task with these tags waits, given the fleet as it is. Pure: each filter a host passes or fails is kept in the
 * answer, so the sentence never says more than the table shows.
 */
export function explainWait(requires: readonly string[], hosts: readonly WhyHost[]): WhyAnswer {
  const sorted = [...hosts].sort((a, b) => (a.name < b.name ? -1 : 1));
  const known = new Set([...VOCABULARY_TAGS, ...sorted.flatMap((h) => [...h.capabilities])]);
  const table = requires.map((tag) => {
    const having = sorted.filter((h) => h.capabilities.includes(tag)).map((h) => h.name);
    // A word of the vocabulary is what was meant: "freebsd" is not "freebsd-jail" misspelt.
    const misspelt = having.length === 0 && !VOCABULARY_TAGS.includes(tag);
    return { tag, hosts: having, nearest: misspelt ? nearest(tag, known) : [] };
  });
  const judged = sorted.map((h) => ({
    name: h.name,
    status: h.status,
    missing: missingTags(requires, h.capabilities),
  }));
  const { reason, sentence } = verdict(table, judged);
  return { reason, sentence, requires: table, hosts: judged };
}

function verdict(table: WhyAnswer['requires'], judged: WhyAnswer['hosts']): Pick<WhyAnswer, 'reason' | 'sentence'> {
  if (judged.length === 0) {
    return {
      reason: 'all-offline',
      sentence: 'No host has joined the fleet yet. Start one with `colibri worker host`.',
    };
  }
  const unknown = table.filter((row) => row.hosts.length === 0);
  if (unknown.length > 0) {
    const parts = unknown.map((row) => {
      const hint = row.nearest.length > 0 ? ` (did you mean ${row.nearest.map(quote).join(' or ')}?)` : '';
      return `${quote(row.tag)}${hint}`;
    });
    return {
      reason: 'no-host-has-tag',
      sentence: `No host has ${parts.join(' nor ')}. It starts by itself when one does.`,
    };
  }
  const capable = judged.filter((h) => h.missing.length === 0);
  if (capable.length === 0) {
    const tags = table.map((row) => quote(row.tag)).join(', ');
    const closest = [...judged].sort((a, b) => a.missing.length - b.missing.length)[0];
    const lacks = closest ? `; ${closest.name} comes closest and lacks ${closest.missing.map(quote).join(', ')}` : '';
    return {
      reason: 'no-host-has-all',
      sentence: `No single host has all of ${tags}${lacks}. It starts by itself when one does.`,
    };
  }
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
      sentence: `${names(live)} could do it but ${live.length === 1 ? 'is' : 'are'} draining and ${live.length === 1 ? 'takes' : 'take'} nothing new. Resume with \`colibri host resume\`.`,
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
