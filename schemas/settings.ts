import { z } from 'zod';
import { byteSize, formatBytes } from './byte-size.ts';
import { duration, formatDuration } from './duration.ts';
import { HostName } from './fleet.ts';
import { define, type Part } from './setting.ts';
import { count, Path, Tags, tagList, Weights, weightList } from './setting-values.ts';

const ALL: readonly Part[] = ['server', 'control', 'host', 'dev'];

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
    show: weightList,
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

/** The short hostname, made fit to be a host's name. */
function hostNameFrom(hostname: string): string {
  const short = (hostname.split('.')[0] ?? '').toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
  return short.replace(/^-+/, '').slice(0, 63).replace(/-+$/, '') || 'host';
}
