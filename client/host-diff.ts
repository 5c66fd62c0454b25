import { z } from 'zod';
import { Finding } from '../schemas/fleet.ts';
import { ColibriError } from './errors.ts';

/** A host of a matrix as a file keeps it. */
export const SavedHost = z.object({
  name: z.string(),
  version: z.string().default(''),
  os: z.string().default(''),
  node: z.string().default(''),
  capabilities: z.array(z.string()),
  findings: z.array(Finding).default([]),
});
export type SavedHost = z.infer<typeof SavedHost>;

const SavedMatrix = z.object({ format: z.literal(1), hosts: z.array(SavedHost) });

/** What changed between two states of a fleet. Sorted by name, so that the same change is told the same way. */
export interface FleetDiff {
  /** Hosts with what they can do. */
  new: { name: string; capabilities: string[] }[];
  gone: { name: string; capabilities: string[] }[];
  changed: HostDiff[];
}

export interface HostDiff {
  name: string;
  /** `how`: what the probe says of it now. */
  gained: { tag: string; how: string }[];
  lost: { tag: string; how: string }[];
  /** Of tags, and of `colibri`, `node` and `os`. Empty where none is known. */
  versions: { what: string; from: string; to: string }[];
}

const BEGIN = '<!-- colibri-host-matrix ';
const END = ' -->';

/** The hosts as a comment that Markdown does not show and {@link readMatrix} reads. */
export function matrixComment(hosts: readonly SavedHost[]): string {
  const saved = hosts.map((host) => ({ ...SavedHost.parse(host), capabilities: [...host.capabilities].sort() }));
  // A comment ends at the first "-->", whoever wrote it.
  const json = JSON.stringify({ format: 1, hosts: saved }).replaceAll('>', '\\u003e').replaceAll('--', '-\\u002d');
  return `${BEGIN}${json}${END}`;
}

/** The hosts that `host matrix --markdown` or `host matrix --json` saved. Throws `invalid` when the text is neither. */
export function readMatrix(text: string, file: string): SavedHost[] {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END, begin);
  const json = begin === -1 || end === -1 ? text : text.slice(begin + BEGIN.length, end);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    value = undefined;
  }
  const hosts = SavedMatrix.or(z.object({ hosts: z.array(SavedHost) })).safeParse(value);
  if (hosts.success) return hosts.data.hosts;
  throw new ColibriError(
    'invalid',
    `file: ${file} holds no host matrix that this version can read`,
    'save one: colibri host matrix --markdown --out HOST-MATRIX.md',
  );
}

export function diffFleet(before: readonly SavedHost[], now: readonly SavedHost[]): FleetDiff {
  const [old, fresh] = [byName(before), byName(now)];
  const only = (hosts: Map<string, SavedHost>, others: Map<string, SavedHost>) =>
    [...hosts.values()]
      .filter(({ name }) => !others.has(name))
      .map(({ name, capabilities }) => ({ name, capabilities: [...capabilities].sort() }));
  const changed = [...fresh.values()].flatMap((host) => {
    const was = old.get(host.name);
    const diff = was && diffHost(was, host);
    return diff && diff.gained.length + diff.lost.length + diff.versions.length > 0 ? [diff] : [];
  });
  return { new: only(fresh, old), gone: only(old, fresh), changed };
}

export function isUnchanged(diff: FleetDiff): boolean {
  return diff.new.length + diff.gone.length + diff.changed.length === 0;
}

function diffHost(was: SavedHost, host: SavedHost): HostDiff {
  const told = (tag: string) => ({ tag, how: host.findings.find((finding) => finding.tag === tag)?.how ?? '' });
  const kept = host.capabilities.filter((tag) => was.capabilities.includes(tag)).sort();
  const versions = kept.map((tag) => ({ what: tag, from: versionOf(was, tag), to: versionOf(host, tag) }));
  const own = (['colibri', 'node', 'os'] as const).map((what) => {
    const key = what === 'colibri' ? 'version' : what;
    return { what, from: was[key], to: host[key] };
  });
  return {
    name: host.name,
    gained: host.capabilities
      .filter((tag) => !was.capabilities.includes(tag))
      .sort()
      .map(told),
    lost: was.capabilities
      .filter((tag) => !host.capabilities.includes(tag))
      .sort()
      .map(told),
    versions: [...own, ...versions].filter(({ from, to }) => from !== to),
  };
}

function versionOf(host: SavedHost, tag: string): string {
  return host.findings.find((finding) => finding.tag === tag && finding.found)?.version ?? '';
}

function byName(hosts: readonly SavedHost[]): Map<string, SavedHost> {
  return new Map([...hosts].sort((a, b) => (a.name < b.name ? -1 : 1)).map((host) => [host.name, host]));
}
