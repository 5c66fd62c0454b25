import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FleetHost } from '../../schemas/fleet.ts';
import { routeQueue } from '../../schemas/route.ts';
import { isQualified, missingTags, TagSet } from '../../schemas/tags.ts';
import { routeVerdict } from '../../schemas/verdict.ts';
import { crowdedTagSet, tagSet } from '../schemas/arbitraries.ts';

/**
 * The rules of late binding as its parts apply them, without the parts: what the fleet tells a host (by the tags it last
 * heard), what the host polls of it (by its tags as they are), and what it takes of what a poll brings.
 */
interface ModelHost extends FleetHost {
  /** Its tags as they are; the fleet's word may be older. */
  tagsNow: readonly string[];
}

interface ModelTask {
  queue: string;
  requires: readonly string[];
}

type Routes = ReadonlyMap<string, readonly string[]>;

function told(routes: Routes, host: ModelHost): [string, readonly string[]][] {
  const reachable = host.status === 'online' || host.status === 'draining';
  return reachable ? [...routes].filter(([, tags]) => isQualified(tags, host.capabilities)) : [];
}

function polled(routes: Routes, host: ModelHost): [string, readonly string[]][] {
  if (host.status === 'draining') return [];
  return told(routes, host).filter(([, tags]) => isQualified(tags, host.tagsNow));
}

function takes(routes: Routes, host: ModelHost, task: ModelTask): boolean {
  const route = polled(routes, host).find(([queue]) => queue === task.queue);
  return route !== undefined && missingTags([...route[1], ...task.requires], host.tagsNow).length === 0;
}

const hostsWith = (tags: typeof tagSet) =>
  fc
    .array(
      fc.record({
        status: fc.constantFrom('online', 'draining', 'stale', 'offline' as const),
        capabilities: tags,
        /** What became of its tags since the fleet heard of them; mostly nothing. */
        changed: fc.option(tags, { freq: 4 }),
      }),
      { maxLength: 8 },
    )
    .map((hosts) =>
      hosts.map(({ status, capabilities, changed }, i): ModelHost => {
        const base = { since: '', instanceId: `${i}`, slots: 1, leaseMs: 30_000, version: '1', os: 'linux' };
        const name = `host-${i}`;
        return { ...base, name, status: status as FleetHost['status'], capabilities, tagsNow: changed ?? capabilities };
      }),
    );

const tasksWith = (tags: typeof tagSet) =>
  fc.array(tags, { minLength: 1, maxLength: 12 }).map((sets) =>
    sets.map((given): ModelTask => {
      const requires = TagSet.parse(given);
      return { requires, queue: routeQueue(requires) };
    }),
  );

const routesOf = (tasks: readonly ModelTask[]): Routes =>
  new Map(tasks.map(({ queue, requires }) => [queue, requires]));

// Few tags give many subsets; any tags give sets that only differ in how they are written.
describe.each([
  ['few tags', crowdedTagSet],
  ['any tags', tagSet],
])('late binding over random fleets of %s', (_, tags) => {
  it('gives a task only to hosts that have all its tags at that moment [R4]', () => {
    fc.assert(
      fc.property(hostsWith(tags), tasksWith(tags), (hosts, tasks) => {
        const routes = routesOf(tasks);
        for (const task of tasks) {
          for (const host of hosts) {
            if (!takes(routes, host, task)) continue;
            expect(task.requires.every((tag) => host.tagsNow.includes(tag))).toBe(true);
            expect(host.status).toBe('online');
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives a task to every capable host that is online, so that none waits while one could take it [R4]', () => {
    fc.assert(
      fc.property(hostsWith(tags), tasksWith(tags), (hosts, tasks) => {
        const routes = routesOf(tasks);
        const steady = hosts.map((host) => ({ ...host, tagsNow: host.capabilities }));
        for (const task of tasks) {
          for (const host of steady) {
            const capable = task.requires.every((tag) => host.capabilities.includes(tag));
            expect(takes(routes, host, task)).toBe(capable && host.status === 'online');
          }
          const verdict = routeVerdict({ tags: task.requires }, steady);
          expect(verdict.state === 'queued').toBe(steady.some((host) => takes(routes, host, task)));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never lets a route bring a task of another tag set, however the sets are written [R4]', () => {
    fc.assert(
      fc.property(tasksWith(tags), (tasks) => {
        const routes = routesOf(tasks);
        for (const task of tasks) expect(routes.get(task.queue)).toEqual(task.requires);
      }),
      { numRuns: 500 },
    );
  });
});
