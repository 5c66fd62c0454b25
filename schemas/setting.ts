import type { z } from 'zod';

/** What defaults depend on. `home`: where state goes when nothing is said, then where it was said to go. */
export interface Surroundings {
  home: string;
  hostname: string;
  cores: number;
}

/** The parts that take a setting as a flag. `colibri config` takes them all. */
export type Part = 'server' | 'control' | 'host' | 'dev';

/** A setting, wherever it is given: flag, variable and key of the file are all made from its name. */
export interface Setting<T extends z.ZodType = z.ZodType> {
  /** Takes text (flags, variables) as well as the file's own types. */
  schema: T;
  /** What stands for the value in help. */
  value: string;
  help: string;
  parts: readonly Part[];
  /** In the form the schema gives. `undefined`: nothing unless said. */
  fallback: (around: Surroundings) => z.output<T> | undefined;
  /** The default in words, where it is not the same everywhere. */
  fallbackText?: string;
  /** The flag may be given again, to add to what it says. */
  repeatable?: true;
  /** A path: resolved from the working folder, or in the file from the folder of the file. */
  path?: true;
  /** The value as people write it. */
  show?: (value: never) => string;
}

/** Keeps the types of a setting's own schema. */
export function define<T extends z.ZodType>(setting: Setting<T>): Setting<T> {
  return setting;
}
