import type { Logger } from 'pino';
import { configFrom } from './config/flags.ts';
import type { ResolvedConfig } from './config/resolve.ts';
import { pause } from './follow.ts';
import type { UpJson } from './json-shapes.ts';
import { stopOr, untilStopped } from './lifetime.ts';
import { createLogger } from './logging.ts';
import { out, printJson } from './output/write.ts';
import type { RunningPart } from './parts.ts';

/** A start that was interrupted gets this long to end in its own order. */
const ABANDON_AFTER_MS = 3_000;

export interface PartRun {
  part: UpJson['part'];
  /** Options as commander gives them. */
  options: Record<string, unknown> & { json?: true };
  /** Amends what holds for this command alone. */
  adjust?: (resolved: ResolvedConfig) => void;
  start(resolved: ResolvedConfig, log: Logger, signal: AbortSignal): Promise<RunningPart>;
  /** What is said once it is up. */
  up(running: RunningPart, resolved: ResolvedConfig): { json: UpJson; text: string };
}

/** Runs one long-running part: starts it, says when it is up, waits for a signal or its end, stops it. */
export async function runPart({ part, options, adjust, start, up }: PartRun): Promise<void> {
  const resolved = configFrom(options);
  adjust?.(resolved);
  const log = await createLogger(part === 'dev' ? null : part, resolved.values);
  await untilStopped(log, async (signal) => {
    const starting = start(resolved, log, signal);
    await stopOr(signal, starting);
    if (signal.aborted) return abandon(starting);
    const running = await starting;
    try {
      const said = up(running, resolved);
      await (options.json ? printJson<UpJson>(said.json) : out(said.text));
      await stopOr(signal, Promise.race([running.failed, ...(running.done ? [running.done] : [])]));
    } finally {
      await running.stop();
    }
  });
  log.info('stopped');
}

/** Stops what was still starting; what waits for something that may never come is left to end with the process. */
async function abandon(starting: Promise<RunningPart>): Promise<void> {
  const ended = starting.then(
    (running) => running.stop(),
    () => {},
  );
  await Promise.race([ended, pause(ABANDON_AFTER_MS)]);
  process.exit(0);
}
