import type { KeptResult, TaskEnd } from '../schemas/plan-state.ts';
import { jsonBytes } from './rules.ts';

/**
 * What the results that a plan keeps may take up together, in bytes of JSON: with the plan itself they must fit into what
 * one run hands to the next.
 */
const ALL_RESULTS_BYTES = 700_000;
/** The most of one result: its `data` is up to 64 KiB. */
const ONE_RESULT_BYTES = 96 * 1024;
/** Room for the names of fields around what a result holds. */
const FRAME_BYTES = 200;
export const MAX_SUMMARY_CHARS = 160;

/** What one result may take up where `needed` tasks are needed by others. */
export function resultShare(needed: number): number {
  return Math.min(ONE_RESULT_BYTES, Math.floor(ALL_RESULTS_BYTES / Math.max(1, needed)));
}

/**
 * The result of a task as it is kept for those that need it, within `share` bytes. What is too much goes in this order: lines
 * of output, oldest first; then the data, whole, for half of it would be no JSON.
 */
export function keptResult(end: TaskEnd, share: number): KeptResult {
  const { exitCode = null, tail = [] } = end.result ?? {};
  const data = end.result?.data ?? null;
  const summary = shortened(end.summary);
  const cut: KeptResult['cut'] = summary === end.summary ? [] : ['summary'];
  let room = share - FRAME_BYTES - jsonBytes(summary);
  const dataBytes = data === null ? 0 : jsonBytes(data);
  const keepsData = dataBytes <= room;
  if (keepsData) room -= dataBytes;
  else cut.unshift('data');
  const lines: string[] = [];
  for (const line of tail.toReversed()) {
    room -= jsonBytes(line) + 1;
    if (room < 0) break;
    lines.unshift(line);
  }
  if (lines.length < tail.length) cut.push('tail');
  return { exitCode, summary, tail: lines, data: keepsData ? data : null, cut };
}

export function shortened(text: string): string {
  return text.length <= MAX_SUMMARY_CHARS ? text : `${[...text.slice(0, MAX_SUMMARY_CHARS - 1)].join('')}…`;
}
