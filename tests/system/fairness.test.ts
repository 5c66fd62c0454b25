import { afterAll, beforeAll, expect, it } from 'vitest';
import { ColibriProject } from '../../schemas/search-attributes.ts';
import type { TaskSpecInput } from '../../schemas/task.ts';
import { testNamespace } from '../support/temporal-server.ts';
import { controlCommand } from './harness/commands.ts';
import { Fleet } from './harness/fleet.ts';
import { until } from './harness/until.ts';

const SLOTS = 4;
/** Submissions under way at once. */
const AT_ONCE = 25;

let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start({ server: await testNamespace(), lease: '20s' });
  await fleet.control.stop();
  const command = [...controlCommand(fleet.lease), '--fairness-weight', 'heavy=3'];
  fleet.control = fleet.run('control', command, { env: fleet.environment() });
  await fleet.control.said(/control worker is up/);
}, 120_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

/** Submits so many that end at once when they have begun. */
async function submit(count: number, spec: Partial<TaskSpecInput>): Promise<void> {
  const left = Array.from({ length: count }).keys();
  const submitAll = async () => {
    for (const _ of left) await fleet.colibri.submit({ command: ['true'], ...spec });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, submitAll));
}

/** How many of the tag's tasks the server counts in this state. */
async function count(tag: string, state: string): Promise<number> {
  const query = `WorkflowType = 'task' AND ColibriRequires = '${tag}' AND ${state}`;
  return (await fleet.colibri.client.workflow.count(query)).count;
}

/** Starts the host that all tasks of the tag wait for, and gives the first that end, in their order: so many, at least. */
async function firstEnds(tag: string, tasks: number, enough: number): Promise<string[]> {
  const isThere = async () => (await count(tag, "ColibriState = 'parked'")) === tasks;
  await until('all wait', isThere, { withinMs: 90_000, everyMs: 250 });
  const host = await fleet.startHost(`host-${tag}`, { tags: [tag], slots: SLOTS });
  const hasEnded = async () => (await count(tag, "ExecutionStatus = 'Completed'")) >= enough;
  await until('enough have ended', hasEnded, { withinMs: 90_000, everyMs: 250 });
  await host.stop();
  return inOrder(tag);
}

/** The projects of the tag's tasks that have ended, in their order. */
async function inOrder(tag: string): Promise<string[]> {
  const query = `WorkflowType = 'task' AND ColibriRequires = '${tag}' AND ExecutionStatus = 'Completed'`;
  const ends: { project: string; at: number }[] = [];
  for await (const info of fleet.colibri.client.workflow.list({ query })) {
    ends.push({ project: info.typedSearchAttributes.get(ColibriProject) ?? '', at: info.closeTime?.getTime() ?? 0 });
  }
  return ends.sort((a, b) => a.at - b.at).map(({ project }) => project);
}

it('lets the 10 tasks of one project end near the front though another has submitted 300 before [R8]', async () => {
  await submit(300, { requires: ['flooded'], project: 'flood' });
  await submit(10, { requires: ['flooded'], project: 'modest' });
  const ends = await firstEnds('flooded', 310, 60);
  expect(ends.slice(0, 40).filter((project) => project === 'modest')).toHaveLength(10);
}, 180_000);

it('holds for the steps of the workflows too, so that a flood does not fill the time of the control worker [R8]', async () => {
  const host = await fleet.startHost('host-busy', { tags: ['busy'], slots: SLOTS });
  await submit(150, { requires: ['busy'], project: 'flood' });
  await submit(10, { requires: ['busy'], project: 'modest' });
  const hasEnded = async () => (await count('busy', "ExecutionStatus = 'Completed'")) >= 80;
  await until('half have ended', hasEnded, { withinMs: 90_000, everyMs: 250 });
  // Without it they came after two thirds of the flood, as their first steps waited for those of the flood.
  const ends = (await inOrder('busy')).slice(0, 80);
  expect(ends.filter((project) => project === 'modest')).toHaveLength(10);
  await host.stop();
}, 120_000);

it('gives projects shares by their weights [R8]', async () => {
  await submit(60, { requires: ['weighed'], project: 'light' });
  await submit(60, { requires: ['weighed'], project: 'heavy' });
  const ends = await firstEnds('weighed', 120, 60);
  const heavy = ends.slice(0, 60).filter((project) => project === 'heavy').length;
  // Three of four by weight; what is under way at the edge may add or take some.
  expect(heavy).toBeGreaterThanOrEqual(38);
  expect(heavy).toBeLessThanOrEqual(52);
}, 120_000);

it('lets a task of lane 1, and one of the default lane, overtake 200 of lane 5 [R8]', async () => {
  await submit(200, { requires: ['laned'], project: 'last', priority: 5 });
  await submit(1, { requires: ['laned'], project: 'default' });
  await submit(1, { requires: ['laned'], project: 'first', priority: 1 });
  const ends = await firstEnds('laned', 202, 30);
  expect(ends.slice(0, 2 * SLOTS)).toEqual(expect.arrayContaining(['first', 'default']));
}, 120_000);
