import { z } from 'zod';
import { byteSize, formatBytes } from './byte-size.ts';
import { duration, formatDuration } from './duration.ts';
import { HostName } from './fleet.ts';
import { TagSet } from './tags.ts';

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

const ALL: readonly Part[] = ['server', 'control', 'host', 'dev'];

const Path = z.string('give a path').trim().min(1, 'give a path');

const WEIGHTS_ERROR = 'give names with their weights, like "web=2,docs=0.5"';

const Tags = z
  .union([z.string(), z.array(z.string())], { error: 'give tags, like "docker,gpu" or ["docker", "gpu"]' })
  .transform((given) => (typeof given === 'string' ? given.split(',') : given.flatMap((tag) => tag.split(','))))
  .transform((tags) => tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))
  .pipe(TagSet);

/** `web=2,docs=0.5`, or a table of the file. */
const Weights = z
  .union([z.string(), z.array(z.string()), z.record(z.string(), z.number())], { error: WEIGHTS_ERROR })
  .transform((given, ctx) => {
    if (typeof given === 'object' && !Array.isArray(given)) return given;
    const parts = [given]
      .flat()
      .flatMap((text) => text.split(','))
      .map((part) => part.trim())
      .filter((part) => part !== '');
    const pairs = parts.map((part) => /^(.+)=(\d+(?:\.\d+)?)$/.exec(part));
    if (pairs.some((pair) => pair === null)) {
      ctx.addIssue({ code: 'custom', message: WEIGHTS_ERROR });
      return z.NEVER;
    }
    return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', Number(pair?.[2])]));
  })
  .pipe(
    z.record(z.string(), z.number().min(0.001, 'a weight is at least 0.001').max(1_000, 'a weight is at most 1000')),
  );

export const SETTINGS = {
  home: define({
    schema: Path,
    value: 'DIR',
    help: 'folder for all that Colibri writes: state, transcripts, run records',
    parts: ALL,
    fallback: (around) => around.home,
    fallbackText: '$XDG_STATE_HOME/colibri or ~/.local/state/colibri',
    path: true,
  }),
  name: define({
    schema: HostName,
    value: 'NAME',
    help: 'name of this host in the fleet',
    parts: ['host', 'dev'],
    fallback: (around) => hostNameFrom(around.hostname),
    fallbackText: 'short name of this machine',
  }),
  slots: define({
    schema: count(1, 10_000),
    value: 'N',
    help: 'how many agents may run here at once',
    parts: ['host', 'dev'],
    fallback: (around) => Math.max(1, around.cores),
    fallbackText: 'number of CPU cores',
  }),
  capabilities: define({
    schema: Tags,
    value: 'TAGS',
    help: 'exactly these tags, separated by commas, and no probing',
    parts: ['host', 'dev'],
    fallback: () => undefined,
    fallbackText: 'what probes find',
    repeatable: true,
    show: tagList,
  }),
  addCapability: define({
    schema: Tags,
    value: 'TAGS',
    help: 'tags to advertise besides those that probes find',
    parts: ['host', 'dev'],
    fallback: () => [],
    fallbackText: 'none',
    repeatable: true,
    show: tagList,
  }),
  hideCapability: define({
    schema: Tags,
    value: 'TAGS',
    help: 'tags not to advertise, found or not',
    parts: ['host', 'dev'],
    fallback: () => [],
    fallbackText: 'none',
    repeatable: true,
    show: tagList,
  }),
  reserve: define({
    schema: Tags,
    value: 'TAGS',
    help: 'take only tasks that require one of these tags',
    parts: ['host', 'dev'],
    fallback: () => [],
    fallbackText: 'none',
    repeatable: true,
    show: tagList,
  }),
  fairnessWeight: define({
    schema: Weights,
    value: 'NAME=N',
    help: 'shares of projects, or of submitters, other than 1, separated by commas',
    parts: ['control', 'dev'],
    fallback: () => ({}),
    fallbackText: 'none',
    repeatable: true,
    show: (weights: Record<string, number>) =>
      Object.entries(weights)
        .map(([name, weight]) => `${name}=${weight}`)
        .join(','),
  }),
  lease: define({
    schema: duration({ minMs: 2_000, maxMs: 3_600_000 }),
    value: 'TIME',
    help: 'how long a host may be silent before its tasks go elsewhere',
    parts: ['control', 'host', 'dev'],
    fallback: () => 30_000,
    show: formatDuration,
  }),
  reprobe: define({
    schema: duration({ minMs: 1_000, maxMs: 86_400_000 }),
    value: 'TIME',
    help: 'time between two probings of this host',
    parts: ['host', 'dev'],
    fallback: () => 300_000,
    show: formatDuration,
  }),
  transcriptLimit: define({
    schema: byteSize(64 * 1024),
    value: 'SIZE',
    help: 'most that one transcript may take on disk',
    parts: ['host', 'dev'],
    fallback: () => 1024 ** 3,
    show: formatBytes,
  }),
  transcriptsKeep: define({
    schema: duration({ minMs: 60_000 }),
    value: 'TIME',
    help: 'how long transcripts are kept',
    parts: ['host', 'dev'],
    fallback: () => 7 * 86_400_000,
    show: formatDuration,
  }),
  skillCache: define({
    schema: byteSize(20 * 1024 ** 2),
    value: 'SIZE',
    help: 'most that skills fetched from the registry may take on disk',
    parts: ['host', 'dev'],
    fallback: () => 512 * 1024 ** 2,
    show: formatBytes,
  }),
  liveLimit: define({
    // A session hands its whole stream to its next run, of which the server takes 2 MiB, coded in base64.
    schema: byteSize(1024, 1024 ** 2),
    value: 'SIZE',
    help: 'most output of one attempt that is streamed live, 1 MiB at most',
    parts: ['host', 'dev'],
    fallback: () => 512 * 1024,
    show: formatBytes,
  }),
  logLevel: define({
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
      error: 'give one of trace, debug, info, warn, error, silent',
    }),
    value: 'LEVEL',
    help: 'least serious lines to log: trace, debug, info, warn, error, silent',
    parts: ALL,
    fallback: () => 'info' as const,
  }),
  logFormat: define({
    schema: z.enum(['auto', 'json', 'pretty'], { error: 'give one of auto, json, pretty' }),
    value: 'FORMAT',
    help: 'json, pretty, or auto: pretty on a terminal',
    parts: ALL,
    fallback: () => 'auto' as const,
  }),
  port: define({
    schema: count(0, 65_535),
    value: 'N',
    help: "the server's port; 0 takes a free one",
    parts: ['server', 'dev'],
    fallback: () => 7233,
  }),
  uiPort: define({
    schema: count(0, 65_535),
    value: 'N',
    help: "port of Temporal's Web UI; 0 takes a free one",
    parts: ['server', 'dev'],
    fallback: () => 8233,
  }),
  db: define({
    schema: Path,
    value: 'FILE',
    help: "the server's database",
    parts: ['server', 'dev'],
    fallback: (around) => `${around.home}/server.db`,
    fallbackText: 'server.db in the home folder',
    path: true,
  }),
  durability: define({
    schema: z.enum(['normal', 'full'], { error: 'give one of normal, full' }),
    value: 'KIND',
    help: 'normal: a power cut may take the last moments; full: nothing, but slower',
    parts: ['server', 'dev'],
    fallback: () => 'normal' as const,
  }),
};

function define<T extends z.ZodType>(setting: Setting<T>): Setting<T> {
  return setting;
}

function tagList(tags: readonly string[]): string {
  return tags.join(',') || '(none)';
}

function count(min: number, max: number) {
  const error = `give a whole number from ${min} to ${max}`;
  return z
    .union([z.number(), z.string().trim().regex(/^\d+$/, error).transform(Number)], { error })
    .pipe(z.int(error).min(min, error).max(max, error));
}

/** The short hostname, made fit to be a host's name. */
function hostNameFrom(hostname: string): string {
  const short = (hostname.split('.')[0] ?? '').toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
  return short.replace(/^-+/, '').slice(0, 63).replace(/-+$/, '') || 'host';
}
