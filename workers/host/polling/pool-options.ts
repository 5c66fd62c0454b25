import type { ActivityGateway } from './gateway.ts';
import type { DeclineReason, Route } from './route-state.ts';
import type { ActivityTask, PollLog } from './types.ts';

export interface RoutePoolOptions {
  readonly gateway: Pick<ActivityGateway, 'poll' | 'fail' | 'backlog' | 'whenUp' | 'connection' | 'identity'>;
  readonly slots: number;
  /** Holds one slot until it settles. Reports the task's outcome to the server itself. */
  readonly onTask: (task: ActivityTask, route: Route) => Promise<void>;
  /** Asked for each task just before it would run: null, or why this host may not run it (any more). */
  readonly qualifies: (route: Route, task: ActivityTask) => string | null;
  readonly log?: PollLog;
}

export interface RoutePoolStats {
  readonly routes: number;
  readonly polls: number;
  readonly pollsOut: number;
  readonly taken: number;
  readonly declined: number;
  /** How often the last free slot was taken. */
  readonly fills: number;
  /** Of the routes open now, those that declined. */
  readonly declinesByRoute: Readonly<Record<string, Partial<Record<DeclineReason, number>>>>;
}
