import { LineJoiner } from '../cli/output/line-joiner.ts';
import type { Stage } from './stage.ts';

/** Output of one attempt, printed as it comes. */
export interface Live {
  /** Lines so far. */
  lines: number;
}

/** Prints what one attempt of a task writes, live, for as long as the stage stands. */
export function showLive(stage: Stage, task: string, attempt: number, host: string): Live {
  const live: Live = { lines: 0 };
  const joiner = new LineJoiner();
  // The output of a lost host never comes to an end, so nobody waits for it.
  stage.aside(async (signal) => {
    for await (const { event } of stage.client.logs(task, { follow: true, attempt, signal })) {
      if (event.type !== 'output') continue;
      for (const line of joiner.add(event.stream, event.text)) {
        stage.teller.output(host, line);
        live.lines += 1;
      }
    }
  });
  return live;
}
