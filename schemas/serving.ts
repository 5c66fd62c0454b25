import { isQualified, missingTags } from './tags.ts';

/** What work asks for: all of `tags`, or all of one of the further sets. `host`: the one that alone may run it. */
export interface Demand {
  tags: readonly string[];
  or?: readonly (readonly string[])[] | undefined;
  host?: string | null | undefined;
}

/** What a host offers. `reserve`: the tags it keeps itself for. */
export interface Offering {
  name: string;
  capabilities: readonly string[];
  reserve?: readonly string[] | undefined;
}

/** The sets of tags by which work may be taken: any one of them will do. */
export function setsOf({ tags, or = [] }: Demand): (readonly string[])[] {
  return [tags, ...or];
}

/**
 * The further sets that let in hosts which the ones before them do not. One with more tags than another may: it lets in a
 * host that keeps itself for one of those.
 */
export function widen(tags: readonly string[], further: readonly (readonly string[])[]): string[][] {
  const sets: (readonly string[])[] = [tags];
  const isSame = (a: readonly string[], b: readonly string[]) => isQualified(a, b) && isQualified(b, a);
  for (const set of further) if (!sets.some((before) => isSame(before, set))) sets.push(set);
  return sets.slice(1).map((set) => [...set]);
}

/** True when a host keeps itself for other work: it reserves tags and these are none of them. */
export function isReserved(required: readonly string[], { reserve = [] }: Pick<Offering, 'reserve'>): boolean {
  return reserve.length > 0 && !reserve.some((tag) => required.includes(tag));
}

/** True when a host may run the work: it has all tags of one set, and neither the work nor the host is kept for others. */
export function mayServe(demand: Demand, host: Offering): boolean {
  if (demand.host != null && demand.host !== host.name) return false;
  return setsOf(demand).some((set) => isQualified(set, host.capabilities) && !isReserved(set, host));
}

/** The tags that a host lacks for the set to which it comes closest. Empty: it has all of one. */
export function lacking(demand: Demand, { capabilities }: Pick<Offering, 'capabilities'>): string[] {
  const [first = [], ...others] = setsOf(demand).map((set) => missingTags(set, capabilities));
  return others.reduce((least, missing) => (missing.length < least.length ? missing : least), first);
}
