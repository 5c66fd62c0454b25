import type { SearchAttributePair } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';

/**
 * Upserts the search attributes that differ from what is recorded, if any do: each upsert is an event in the history and
 * a write to the visibility store. What our client gives at the start need not be written again.
 *
 * @param along written when others are: not worth an event of their own
 */
export function upsertChanged(pairs: readonly SearchAttributePair[], along: readonly SearchAttributePair[] = []): void {
  const { typedSearchAttributes } = workflowInfo();
  const differing = (given: readonly SearchAttributePair[]) =>
    given.filter(({ key, value }) => !same(typedSearchAttributes.get(key), value));
  const changed = differing(pairs);
  if (changed.length > 0) upsertSearchAttributes([...changed, ...differing(along)]);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
