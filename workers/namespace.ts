import type { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../schemas/search-attributes.ts';

/** Temporal's numbers for the types of search attributes that we use. */
const INDEXED_VALUE_TYPE = { Keyword: 2, KeywordList: 7 } as const;

/**
 * Makes sure that the namespace knows our search attributes. Adding what is there already is no error, so every control
 * worker may do it; a server that forbids it must have had them from its operator.
 */
export async function prepareNamespace(connection: Connection, namespace: string): Promise<void> {
  const listed = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => !(name in (listed.customAttributes ?? {})));
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]])),
  });
}
