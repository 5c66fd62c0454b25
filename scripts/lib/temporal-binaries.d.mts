/** Receives what a fetch or a build is doing. */
export interface Progress {
  note(line: string): void;
  step<T>(title: string, work: (update: (detail: string) => void) => Promise<T>): Promise<T>;
}

export interface EnsureOptions {
  env?: NodeJS.ProcessEnv;
  progress?: Progress;
  signal?: AbortSignal;
  /** Time for the download site to answer at all, in milliseconds (default 10,000). */
  firstByteMs?: number;
}

/** The version of Temporal's CLI that is downloaded or built. */
export const CLI_VERSION: string;

/** Looks in COLIBRI_TEMPORAL_CLI, PATH (1.4 or newer) and the cache; fetches nothing. Throws if the variable is wrong. */
export function findTemporalCli(
  env?: NodeJS.ProcessEnv,
  note?: (line: string) => void,
): Promise<{ path: string; source: 'env' | 'path' | 'cache' } | null>;

/** As `findTemporalCli`, then Temporal's download, then `go install`. Throws an error of one line if all fail. */
export function ensureTemporalCli(
  options?: EnsureOptions,
): Promise<{ path: string; source: 'env' | 'path' | 'cache' | 'download' | 'go' }>;

/** Looks in COLIBRI_TEMPORAL_TEST_SERVER and the cache; fetches nothing. */
export function findTestServer(env?: NodeJS.ProcessEnv): { path: string; source: 'env' | 'cache' } | null;

/** As `findTestServer`, then Temporal's download, then Maven. Throws an error of one line if all fail. */
export function ensureTestServer(
  options?: EnsureOptions,
): Promise<{ path: string; source: 'env' | 'cache' | 'download' | 'maven' }>;
