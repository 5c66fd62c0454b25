import type { Progress } from './temporal-binaries.mjs';

export interface BuildOptions {
  root?: string;
  progress?: Progress;
  signal?: AbortSignal;
}

export const ROOT: string;
/** Whether dist/ is missing or older than the sources. */
export function isStale(root?: string): boolean;
/** Compiles and bundles into dist/; `check` reports type errors as well. */
export function build(options?: BuildOptions & { check?: boolean }): Promise<void>;
/** Builds when out of date; with `tolerateBroken` a former build stays in use while a source is broken. */
export function buildIfStale(options?: BuildOptions & { tolerateBroken?: boolean }): Promise<void>;
