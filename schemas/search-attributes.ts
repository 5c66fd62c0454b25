import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What tasks and hosts can be found by. Values may change while a workflow runs; see ARCHITECTURE.md. */
export const ColibriState = defineSearchAttributeKey('ColibriState', SearchAttributeType.KEYWORD);
export const ColibriRoute = defineSearchAttributeKey('ColibriRoute', SearchAttributeType.KEYWORD);
export const ColibriHost = defineSearchAttributeKey('ColibriHost', SearchAttributeType.KEYWORD);
export const ColibriAgent = defineSearchAttributeKey('ColibriAgent', SearchAttributeType.KEYWORD);
export const ColibriProject = defineSearchAttributeKey('ColibriProject', SearchAttributeType.KEYWORD);
export const ColibriRequires = defineSearchAttributeKey('ColibriRequires', SearchAttributeType.KEYWORD_LIST);
export const ColibriTags = defineSearchAttributeKey('ColibriTags', SearchAttributeType.KEYWORD_LIST);

/** Name -> Temporal's name of its type, for registering them on a server. */
export const SEARCH_ATTRIBUTES = {
  ColibriState: 'Keyword',
  ColibriRoute: 'Keyword',
  ColibriHost: 'Keyword',
  ColibriAgent: 'Keyword',
  ColibriProject: 'Keyword',
  ColibriRequires: 'KeywordList',
  ColibriTags: 'KeywordList',
} as const;
