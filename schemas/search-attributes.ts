import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What tasks and hosts can be found by. Values may change while a workflow runs; see ARCHITECTURE.md. */
export const ColibriState = defineSearchAttributeKey('ColibriState', SearchAttributeType.KEYWORD);
export const ColibriRoute = defineSearchAttributeKey('ColibriRoute', SearchAttributeType.KEYWORD);
export const ColibriHost = defineSearchAttributeKey('ColibriHost', SearchAttributeType.KEYWORD);
export const ColibriAgent = defineSearchAttributeKey('ColibriAgent', SearchAttributeType.KEYWORD);
export const ColibriSubmitter = defineSearchAttributeKey('ColibriSubmitter', SearchAttributeType.KEYWORD);
export const ColibriProject = defineSearchAttributeKey('ColibriProject', SearchAttributeType.KEYWORD);
export const ColibriPriority = defineSearchAttributeKey('ColibriPriority', SearchAttributeType.INT);
/** What a task is called, found by its words. */
export const ColibriName = defineSearchAttributeKey('ColibriName', SearchAttributeType.TEXT);
/** `name@digest` of the skill that a task needs, when it is a registered one. */
export const ColibriSkill = defineSearchAttributeKey('ColibriSkill', SearchAttributeType.KEYWORD);
/** Of the tasks of a plan: which. */
export const ColibriPlan = defineSearchAttributeKey('ColibriPlan', SearchAttributeType.KEYWORD);
export const ColibriRequires = defineSearchAttributeKey('ColibriRequires', SearchAttributeType.KEYWORD_LIST);
export const ColibriTags = defineSearchAttributeKey('ColibriTags', SearchAttributeType.KEYWORD_LIST);

/** Largest value of one search attribute that a stock server takes, as JSON. One that is larger ends the workflow there. */
const MAX_VALUE_BYTES = 2048;

/** The first of these keywords that one search attribute can hold: 32 tags of 64 characters are a little too much for it. */
export function fitKeywords(keywords: readonly string[]): string[] {
  let bytes = '[]'.length;
  const count = keywords.findIndex((keyword) => {
    bytes += JSON.stringify(keyword).length + ','.length;
    return bytes - ','.length > MAX_VALUE_BYTES;
  });
  return count === -1 ? [...keywords] : keywords.slice(0, count);
}

/** Name -> Temporal's name of its type, for registering them on a server. */
export const SEARCH_ATTRIBUTES = {
  ColibriState: 'Keyword',
  ColibriRoute: 'Keyword',
  ColibriHost: 'Keyword',
  ColibriAgent: 'Keyword',
  ColibriSubmitter: 'Keyword',
  ColibriProject: 'Keyword',
  ColibriPriority: 'Int',
  ColibriName: 'Text',
  ColibriSkill: 'Keyword',
  ColibriPlan: 'Keyword',
  ColibriRequires: 'KeywordList',
  ColibriTags: 'KeywordList',
} as const;
