import { distance } from 'fastest-levenshtein';

/**
 * The known names that a misspelt one most likely meant, best first, at most `limit`.
 * A name counts as near within a third of its length (at least one edit), when one begins with the other, or when its
 * letters are all there in another order (`lunix`), which plain edits count double.
 */
export function nearest(name: string, known: Iterable<string>, limit = 3): string[] {
  const reach = Math.max(1, Math.floor(name.length / 3));
  const scored: { candidate: string; edits: number }[] = [];
  for (const candidate of new Set(known)) {
    if (candidate === name) continue;
    const edits = letters(name) === letters(candidate) ? 1 : distance(name, candidate);
    const contained =
      name.length >= 3 && (candidate.startsWith(name) || name.startsWith(candidate)) && candidate.length >= 3;
    if (edits <= reach || contained) scored.push({ candidate, edits });
  }
  scored.sort((a, b) => a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1));
  return scored.slice(0, limit).map((s) => s.candidate);
}

function letters(name: string): string {
  return [...name].sort().join('');
}
