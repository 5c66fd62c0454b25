export interface Holder {
  pid: number;
  /** When that process started, in the system's own unit; null where it cannot be told. */
  start: string | null;
  host: string;
  token: string;
  [detail: string]: unknown;
}

export interface Lock {
  release(): void;
  /** Ties the lock to another process: it holds until that one ends. */
  handOver(pid: number): void;
  refresh(): void;
}

export function isAlive(pid: number): boolean;
export function startOf(pid: number): string | null;
export function isSameProcess(pid: number, start: string | null): boolean;

/** Takes the lock if it is free or its holder has gone; `details` are kept in it for whoever finds it taken. */
export function tryLock(path: string, details?: Record<string, unknown>): { lock: Lock } | { holder: Holder | null };

/** Runs `work` under the lock, waiting for another live holder without limit. */
export function withLock<T>(
  path: string,
  work: () => Promise<T> | T,
  options?: { onWait?: (pid: number | null) => void; signal?: AbortSignal },
): Promise<T>;
