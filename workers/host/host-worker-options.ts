import type { Logger } from 'pino';
import type { Connected } from '../../client/connect.ts';
import type { CapabilityOptions } from './capabilities.ts';

/** What the worker of a host is started with. */
export interface HostWorkerOptions extends CapabilityOptions {
  connected: Connected;
  log: Logger;
  /** Folder of everything this host writes. */
  home: string;
  name: string;
  /** Takes the place of a worker that runs with the same home and name, and lets it finish what it runs. */
  takeover?: boolean;
  slots: number;
  /** Tags that this host keeps itself for. */
  reserve?: readonly string[];
  /** Heartbeat timeout of the host's presence, and of tasks for which it is the fleet's longest. */
  leaseMs: number;
  reprobeMs: number;
  liveLimitBytes: number;
  transcriptLimitBytes: number;
  transcriptsKeepMs: number;
  skillCacheBytes: number;
}
