import type { SearchAttributePair } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';

/**
 * Upserts the search attributes that differ from what is recorded, if any do: each upsert is an event in the history and
 * a write to the visibility store. What our client gives at the start need not be written again.
 */
export function upsertChanged(pairs: readonly SearchAttributePair[]): void {
  const { typedSearchAttributes } = workflowInfo();
  const changed = pairs.filter(({ key, value }) => !same(typedSearchAttributes.get(key), value));
  if (changed.length > 0) upsertSearchAttributes(changed);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
