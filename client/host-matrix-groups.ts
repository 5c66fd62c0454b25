import { VOCABULARY, VOCABULARY_TAGS } from '../schemas/tags.ts';
import type { MatrixHost } from './host-matrix.ts';

export interface MatrixGroup {
  title: string;
  tags: string[];
}

/** Kinds of tags in the order shown; versions beyond those the vocabulary names belong to a kind by their pattern. */
const KINDS: readonly { title: string; tags: readonly string[]; versions?: RegExp }[] = [
  { title: 'OS', tags: VOCABULARY.os },
  { title: 'Isolation', tags: VOCABULARY.isolation },
  { title: 'Display', tags: VOCABULARY.display },
  { title: 'Hardware', tags: VOCABULARY.hardware },
  { title: 'Runtime', tags: VOCABULARY.runtime, versions: /^(python3\.|node)\d+$/ },
  { title: 'Media', tags: VOCABULARY.media },
  { title: 'Agents', tags: VOCABULARY.agent },
];

/**
 * The rows of a matrix: tags that some host has, and those of the vocabulary that some host was asked for. What a version
 * manager only pretends to have is left out, or it would drown the rest.
 */
export function matrixGroups(hosts: readonly MatrixHost[]): MatrixGroup[] {
  const owned = hosts.flatMap((host) => host.capabilities);
  const asked = hosts
    .flatMap((host) => host.findings.map((finding) => finding.tag))
    .filter((tag) => VOCABULARY_TAGS.includes(tag));
  const left = new Set([...owned, ...asked]);
  const groups = KINDS.map(({ title, tags, versions }) => {
    const versioned = [...left].filter((tag) => versions?.test(tag)).sort(naturally);
    const named = tags.filter((tag) => left.has(tag) && !versioned.includes(tag));
    for (const tag of [...versioned, ...named]) left.delete(tag);
    return { title, tags: [...versioned, ...named] };
  });
  groups.push({ title: 'Other', tags: [...left].sort(naturally) });
  return groups.filter((group) => group.tags.length > 0);
}

// python3.9 before python3.12, Pythons before Nodes, the same in every locale.
const collator = new Intl.Collator('en', { numeric: true });

function naturally(a: string, b: string): number {
  const rank = (tag: string) => (tag.startsWith('python') ? 0 : 1);
  return rank(a) - rank(b) || collator.compare(a, b);
}
