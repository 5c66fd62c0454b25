import type { Client } from '@temporalio/client';
import { fetchSkill } from '../../client/skill-content.ts';
import { SkillStore, type SkillStoreOptions } from './skill-store.ts';

/** Longest that fetching a skill may take; then the attempt is given back, for this host or another to try. */
const FETCH_WITHIN_MS = 60_000;
const PRUNE_EVERY_MS = 3_600_000;

/** This host's store of skills, tidied every hour until it is to stop. */
export function openSkillStore(
  client: Client,
  { home, log, skillCacheBytes }: Pick<SkillStoreOptions, 'home' | 'log'> & { skillCacheBytes: number },
  stopping: AbortSignal,
): SkillStore {
  const store = new SkillStore({
    ...{ home, log, limitBytes: skillCacheBytes },
    fetch: (ref) => client.withDeadline(Date.now() + FETCH_WITHIN_MS, () => fetchSkill(client, ref)),
  });
  void store.prune();
  const pruning = setInterval(() => void store.prune(), PRUNE_EVERY_MS);
  pruning.unref();
  stopping.addEventListener('abort', () => {
    clearInterval(pruning);
    store.close();
  });
  return store;
}
