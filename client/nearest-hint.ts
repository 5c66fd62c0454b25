import { nearest } from '../schemas/nearest.ts';

/** What to say of a name that nothing has: the nearest that something has, else `otherwise` (default: all there are). */
export function nearestHint(name: string, names: Iterable<string>, otherwise?: string): string {
  const known = [...names];
  const near = nearest(name, known);
  if (near.length > 0) return `did you mean ${near.join(' or ')}?`;
  return otherwise ?? `known: ${known.join(', ') || 'none'}`;
}
