import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';

const COLIBRI = fileURLToPath(new URL('../../bin/colibri.js', import.meta.url));

let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start({ server: await testNamespace(), lease: '6s' });
  await fleet.startHost('debby', { tags: ['linux'], slots: 2 });
}, 120_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

/** Runs the command lines in a session, one after the other, and gives the exit code and output of each. */
async function inSession(id: string, lines: string[]): Promise<{ code: number; text: string }[]> {
  const steps = lines.map((line) => `${line} > out 2>&1; echo "$?"; cat out; echo ====`);
  await fleet.colibri.submit({ command: [steps.join('\n')], shell: true, requires: ['linux'] }, { id });
  await fleet.ended(id);
  let text = '';
  for await (const { event } of fleet.colibri.logs(id)) if (event.type === 'output') text += event.text;
  const answers = text.split('====\n').slice(0, -1);
  return answers.map((answer) => ({ code: Number.parseInt(answer, 10), text: answer.slice(answer.indexOf('\n') + 1) }));
}

test('lets a process in a session ask about its own task, and about no other, on the same host or elsewhere [B3] [S2]', async () => {
  const colibri = `"${process.execPath}" "${COLIBRI}"`;
  await fleet.colibri.submit({ command: ['sleep', '600'], requires: ['linux'] }, { id: 'neighbour' });
  const answers = await inSession('mine', [
    `${colibri} task show mine --json`,
    `${colibri} task list --json`,
    `${colibri} task show neighbour`,
    `${colibri} task cancel neighbour`,
    `${colibri} task submit -- true`,
    `${colibri} host drain debby`,
    // What proves it is its token: its name alone is the neighbour's as well.
    `env COLIBRI_AGENT_TOKEN=colibri_at_${'a'.repeat(43)} ${colibri} task show mine`,
    `env COLIBRI_AGENT_TOKEN= ${colibri} task show mine`,
  ]);
  expect(answers.map(({ code }) => code)).toEqual([0, 0, 4, 4, 4, 4, 4, 4]);
  const [shown, listed, refused] = answers.map(({ text }) => text);
  expect(JSON.parse(String(shown))).toMatchObject({ id: 'mine', state: 'running', agent: 'command@debby' });
  expect(JSON.parse(String(listed)).tasks.map(({ id }: { id: string }) => id)).toEqual(['mine']);
  expect(refused).toContain('a session has its own task alone, which is mine');
  expect((await fleet.colibri.show('neighbour')).state).toBe('running');
  await fleet.colibri.cancel('neighbour');
  await fleet.ended('neighbour');
}, 300_000);

test('gives each attempt another token, so that a former one is void [B3]', async () => {
  const hashes = new Set<string>();
  for (const id of ['first', 'second']) {
    await fleet.colibri.submit({ command: ['true'], requires: ['linux'] }, { id });
    hashes.add(String((await fleet.ended(id)).tokenHash));
  }
  expect(hashes.size).toBe(2);
  for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{64}$/);
}, 60_000);
