import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { atOnce } from './at-once.ts';
import { beside, type Figure, figure, percentile } from './figure.ts';
import { type Installation, inInstallation } from './installation.ts';
import { cpuSeconds, idleCpuPercent, residentMiB } from './processes.ts';

interface Size {
  tasks: number;
  routes: number;
  hosts: number;
}

const BASE: Size = { tasks: 1_000, routes: 10, hosts: 5 };
/** The base, each of its sides ten times as long, and all of them. */
const SIZES: readonly Size[] = [
  BASE,
  { ...BASE, tasks: 10_000 },
  { ...BASE, routes: 100 },
  { ...BASE, hosts: 50 },
  { tasks: 10_000, routes: 100, hosts: 50 },
];

const AT_ONCE = 16;
const UNLOCKED = 1_000;
const SLOTS = 8;
const ASKED = 200;
const AS_COMMANDS = 10;
const PAGE = 100;
const IDLE_SECONDS = 10;
/** What a burst leaves to be done (journals, garbage) is not of the time that follows. */
const SETTLE_MS = 10_000;
const LISTED_AFTER_MS = 5_000;

/** A task has said so when the control worker has come to it. */
const PARKED = "WorkflowType = 'task' AND ExecutionStatus = 'Running' AND ColibriState = 'parked'";

/** A route's tags: two of each ten, as a host has far fewer tags than there are routes. */
const tagsOf = (kind: 'parked' | 'shared', route: number) => [
  `${kind}-${route % 10}`,
  `${kind}-tens-${Math.floor(route / 10)}`,
];
/** The tags that satisfy the first `count` routes. */
const tagsOfFirst = (kind: 'parked' | 'shared', count: number) => [
  ...new Set(Array.from({ length: count }, (_, route) => tagsOf(kind, route)).flat()),
];

/** How an installation does with many parked tasks, routes and hosts: each size in an installation of its own. */
export async function* benchScale(): AsyncGenerator<Figure, void> {
  for (const size of SIZES) {
    const title = `${size.tasks} tasks, ${size.routes} routes, ${size.hosts} hosts`;
    const part = (installation: Installation) => benchSize(installation, size);
    for await (const found of inInstallation(part)) yield { ...found, name: `${title}: ${found.name}` };
  }
}

async function* benchSize(installation: Installation, size: Size): AsyncGenerator<Figure, void> {
  const tags = tagsOfFirst('shared', size.routes).join(',');
  const began = performance.now();
  const crowd = await installation.program(new URL('./crowd.js', import.meta.url), [`${size.hosts}`, tags]);
  yield figure('hosts joining', 'hosts/s', (size.hosts * 1_000) / (performance.now() - began));
  const parts = { server: installation.server.pid, control: installation.control.pid ?? 0, hosts: crowd.pid ?? 0 };
  yield* footprint('hosts alone', parts);
  yield* park(installation, size);
  yield* footprint('all parked', parts);
  yield* ask(installation);
  yield* openPolls(installation, size);
  yield* footprint(`${size.hosts * size.routes} polls open`, parts);
  yield* unlock(installation, size);
  const known = await installation.colibri.fleet();
  yield figure('what the fleet workflow answers', 'KiB', JSON.stringify(known).length / 1_024);
}

async function* footprint(when: string, parts: Readonly<Record<string, number>>): AsyncGenerator<Figure, void> {
  await delay(SETTLE_MS);
  const cpu = await idleCpuPercent(Object.values(parts), IDLE_SECONDS);
  for (const [i, [name, pid]] of Object.entries(parts).entries()) {
    yield figure(`${name}, ${when}, memory`, 'MiB', residentMiB(pid));
    yield figure(`${name}, ${when}, idle`, '% of a core', cpu[i] ?? Number.NaN);
  }
}

/** Submits tasks that none of the hosts can do. */
async function* park({ colibri, databaseBytes }: Installation, size: Size): AsyncGenerator<Figure, void> {
  const before = databaseBytes();
  const began = performance.now();
  await atOnce(AT_ONCE, size.tasks, (i) =>
    colibri.submit({ command: ['/bin/true'], requires: tagsOf('parked', i % size.routes) }),
  );
  const submitted = performance.now() - began;
  yield figure('submitting', 'tasks/s', (size.tasks * 1_000) / submitted);
  const parked = async () => (await colibri.client.workflow.count(PARKED)).count === size.tasks;
  while (!(await parked())) await delay(200);
  const all = performance.now() - began;
  yield figure('submitted and parked', 'tasks/s', (size.tasks * 1_000) / all, {
    note: `the last ${((all - submitted) / 1_000).toFixed(1)} s after the last submission`,
  });
  await delay(LISTED_AFTER_MS);
  yield figure('database', 'KiB per task', (databaseBytes() - before) / 1_024 / size.tasks);
}

/** What people ask while all this waits. */
async function* ask({ colibri, run }: Installation): AsyncGenerator<Figure, void> {
  const page = await timed(ASKED, () => colibri.list());
  yield figure('`task list`, p95', 'ms', percentile(page, 0.95), { goal: '< 500' });
  const tagged = await timed(ASKED, () => colibri.list({ requires: tagsOf('parked', 0), state: 'parked' }));
  yield figure('`task list` by tag and state, p95', 'ms', percentile(tagged, 0.95), { goal: '< 500' });

  const began = performance.now();
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const { tasks, nextCursor } = await colibri.list({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    ids.push(...tasks.map(({ id }) => id));
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  yield figure(`all pages of ${PAGE}, a page`, 'ms', (performance.now() - began) / Math.ceil(ids.length / PAGE), {
    note: `${new Set(ids).size} tasks listed`,
  });

  // Spread over all, so that most are long out of the workers' caches.
  const some = Array.from({ length: ASKED }, (_, i) => ids[Math.floor((i * ids.length) / ASKED)] ?? '');
  const why = await timed(ASKED, (i) => colibri.why(some[i] ?? ''));
  yield figure('`why`, p95', 'ms', percentile(why, 0.95), { goal: '< 300' });
  for (const command of [
    ['task', 'list'],
    ['task', 'why'],
  ]) {
    const whole = await timed(AS_COMMANDS, (i) =>
      run([...command, ...(command[1] === 'why' ? [some[i * 7] ?? ''] : [])]),
    );
    yield figure(`\`colibri ${command.join(' ')}\` from the shell, p50`, 'ms', percentile(whole, 0.5));
  }
}

/** A host comes up that can do a thousand of them; beside it a stock worker that comes up for a thousand of as many bare ones. */
async function* unlock(installation: Installation, size: Size): AsyncGenerator<Figure, void> {
  const { colibri } = installation;
  const bare = await drainBare(installation, size);
  const routes = Array.from({ length: (size.routes * UNLOCKED) / size.tasks }, (_, route) => tagsOf('parked', route));
  const ids: string[] = [];
  for (const requires of routes) {
    const { tasks } = await colibri.list({ requires, limit: 1_000 });
    ids.push(...tasks.map(({ workflowId }) => workflowId));
  }
  const host = await installation.host('unlocks', { slots: SLOTS, capabilities: [...new Set(routes.flat())] });
  const ours = await drained(installation, ids, [installation.control, host]);
  // The list follows the workflows after a moment.
  await delay(LISTED_AFTER_MS);
  const states = await Promise.all(routes.map((requires) => colibri.list({ requires, state: 'done', limit: 1_000 })));
  const done = states.reduce((sum, { tasks }) => sum + tasks.length, 0);
  yield beside(`${ids.length} parked tasks drain, ${SLOTS} slots`, 'tasks/s', ours.rate, bare.rate, '>= 0.6');
  for (const [at, part] of ['server', 'workflows', 'host'].entries()) {
    const [mine, floor] = [ours.cpuMs[at] ?? Number.NaN, bare.cpuMs[at] ?? Number.NaN];
    yield beside(`processor time of a drained task, ${part}`, 'ms', mine, floor);
  }
  yield figure('unlocked tasks: not done', 'tasks', UNLOCKED - done, { goal: '= 0' });
  await installation.end(host);
}

/** The floor: as many bare workflows wait, by a worker that keeps as many in memory, and as many of them are unlocked. */
async function drainBare(installation: Installation, size: Size): Promise<Drained> {
  const { client } = installation.colibri;
  const worker = new URL('./bare/worker.js', import.meta.url);
  const first = await installation.program(worker, ['bare', `${SLOTS}`]);
  const every = size.tasks / UNLOCKED;
  const ids = await atOnce(AT_ONCE, size.tasks, async (i) => {
    const options = {
      workflowId: `bare-${i}`,
      taskQueue: 'bare',
      args: [i % every === 0 ? 'bare-late' : 'bare-never'],
    };
    return (await client.workflow.start('bare', options)).workflowId;
  });
  for (const id of ids.slice(-AT_ONCE)) {
    const waits = async () => (await client.workflow.getHandle(id).describe()).raw.pendingActivities?.length === 1;
    while (!(await waits())) await delay(200);
  }
  await delay(LISTED_AFTER_MS);
  const late = await installation.program(worker, ['bare-late', `${SLOTS}`]);
  const unlocked = ids.filter((_, i) => i % every === 0);
  const found = await drained(installation, unlocked, [first, late]);
  await installation.end(late);
  await installation.end(first);
  return found;
}

interface Drained {
  /** Tasks per second until all have ended. */
  rate: number;
  /** What each of them took of the server, of what runs the workflows, and of what runs the activities. */
  cpuMs: number[];
}

async function drained(
  { colibri, server }: Installation,
  workflowIds: readonly string[],
  workers: readonly ChildProcess[],
): Promise<Drained> {
  const taken = () => [server.pid, ...workers.map(({ pid }) => pid ?? 0)].map(cpuSeconds);
  const before = taken();
  const began = performance.now();
  await Promise.all(workflowIds.map((id) => colibri.client.workflow.getHandle(id).result()));
  const rate = (workflowIds.length * 1_000) / (performance.now() - began);
  const spent = taken().map((seconds, at) => seconds - (before[at] ?? 0));
  return { rate, cpuMs: spent.map((seconds) => (seconds * 1_000) / workflowIds.length) };
}

/** Opens as many routes on every host as there are shut ones: each is a poll that waits on the server. */
async function* openPolls({ colibri }: Installation, size: Size): AsyncGenerator<Figure, void> {
  const began = performance.now();
  await atOnce(AT_ONCE, size.routes, async (i) => {
    const { id } = await colibri.submit({ command: ['/bin/true'], requires: tagsOf('shared', i) });
    await colibri.wait(id);
  });
  yield figure(
    `${size.routes} tasks that any of ${size.hosts} hosts can do, each with a new route`,
    'tasks/s',
    (size.routes * 1_000) / (performance.now() - began),
  );
}

async function timed(times: number, work: (index: number) => Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  for (let i = 0; i < times; i += 1) {
    const since = performance.now();
    await work(i);
    took.push(performance.now() - since);
  }
  return took;
}
