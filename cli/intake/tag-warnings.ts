import type { FleetHost } from '../../schemas/fleet.ts';
import { explainWait } from '../../schemas/why.ts';
import type { Checked } from './check.ts';

/** What is odd about a required tag: that no host has it, and that it looks like one that is known. Null when nothing is. */
export function tagWarning(tag: string, hosts: readonly FleetHost[]): string | null {
  const [row] = explainWait({ tags: [tag] }, hosts).requires;
  if (row === undefined || row.nearest.length === 0) return null;
  return `no host has "${tag}"; did you mean ${row.nearest.map((name) => `"${name}"`).join(' or ')}?`;
}

/**
 * Warns of tags that no host has and that look like one that is known. A task may well wait for a host that is still to
 * come, so that this is no error.
 */
export function addTagWarnings(tasks: readonly Checked[], hosts: readonly FleetHost[]): void {
  const said = new Map<string, string | null>();
  for (const { task, warnings } of tasks) {
    for (const tag of task?.spec.requires ?? []) {
      if (!said.has(tag)) said.set(tag, tagWarning(tag, hosts));
      const warning = said.get(tag);
      if (warning) warnings.push(warning);
    }
  }
}
