import { expect } from 'vitest';
import { IntakeLineJson, IntakeSummaryJson } from '../../../cli/json-shapes.ts';
import { Colibri } from '../../../client/colibri.ts';
import type { Ran } from '../support.ts';

/** What `task intake --json` said: a line for each task, and the summary. */
export function linesOf({ stdout }: Ran): { lines: IntakeLineJson[]; summary: IntakeSummaryJson['summary'] } {
  const all = stdout.trimEnd().split('\n');
  const { summary } = IntakeSummaryJson.parse(JSON.parse(all.pop() ?? ''));
  return { lines: all.map((line) => IntakeLineJson.parse(JSON.parse(line))), summary };
}

/** The workflow ids of all tasks of the namespace, as soon as the list has `count` of them. */
export async function listed(count: number, env: NodeJS.ProcessEnv): Promise<string[]> {
  const client = await Colibri.connect({ env });
  try {
    const all = async () => {
      const ids: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await client.list({ limit: 1000, ...(cursor === null ? {} : { cursor }) });
        ids.push(...page.tasks.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== null);
      return ids;
    };
    await expect
      .poll(async () => (await all()).length, { timeout: 120_000, interval: 500 })
      .toBeGreaterThanOrEqual(count);
    return (await all()).sort();
  } finally {
    await client.close();
  }
}

/** JSON lines of so many tasks on a hundred routes, each with a key. */
export const many = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, at) =>
    JSON.stringify({ command: ['echo', String(at)], requires: [`r${at % 100}`], key: `k${at}`, ...more }),
  ).join('\n');
