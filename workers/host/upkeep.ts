import type { Logger } from 'pino';
import { SessionPruner } from './prune-sessions.ts';

export interface UpkeepOptions {
  home: string;
  transcriptsKeepMs: number;
  reprobeMs: number;
  log: Logger;
  /** Sessions whose transcripts are being written. */
  active: () => ReadonlySet<string>;
  reprobe: () => Promise<void>;
  /** Whether this worker is the one that keeps the home folder and speaks for the host. */
  isHolder: () => boolean;
}

const PRUNE_EVERY_MS = 3_600_000;

/** Removes old transcripts, at once and from time to time, and probes again what the host can do. Gives what ends it. */
export function startUpkeep(options: UpkeepOptions): () => void {
  const { home, transcriptsKeepMs, active, log, isHolder } = options;
  const pruner = new SessionPruner({ home, keepMs: transcriptsKeepMs, active, log });
  void pruner.prune();
  const reprobe = () =>
    void options.reprobe().catch((error: unknown) => log.error({ error }, 'what this host can do could not be probed'));
  const timers = [
    setInterval(() => isHolder() && reprobe(), options.reprobeMs),
    setInterval(() => isHolder() && void pruner.prune(), PRUNE_EVERY_MS),
  ];
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}
