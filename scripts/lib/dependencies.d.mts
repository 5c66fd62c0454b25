import type { Progress } from './temporal-binaries.mjs';

/** Whether node_modules holds exactly what the lock file says. */
export function dependenciesMatch(root: string): boolean;
/** Runs `npm ci` unless they match. */
export function ensureDependencies(options: {
  root: string;
  env?: NodeJS.ProcessEnv;
  progress: Progress;
  signal?: AbortSignal;
}): Promise<void>;
