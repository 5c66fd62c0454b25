import type { Logger } from 'pino';
import type { Connected } from '../client/connect.ts';

const EVERY_MS = 5_000;
const ANSWER_WITHIN_MS = 4_000;

/** Says once when the server stops answering, and once when it is back. Returns what ends it. */
export function watchServer({ connection, address }: Connected, log: Logger): () => void {
  let up = true;
  let ended = false;
  const look = async () => {
    const answers = await connection
      .withDeadline(Date.now() + ANSWER_WITHIN_MS, () => connection.workflowService.getSystemInfo({}))
      .then(
        () => true,
        () => false,
      );
    if (ended || answers === up) return;
    up = answers;
    if (up) log.info(`the server at ${address} answers again`);
    else log.warn(`the server at ${address} does not answer; waiting for it`);
  };
  const timer = setInterval(() => void look(), EVERY_MS);
  return () => {
    ended = true;
    clearInterval(timer);
  };
}
