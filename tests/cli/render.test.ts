import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../cli/output/display-width.ts';
import { renderDoctor } from '../../cli/output/doctor.ts';
import { renderHost, renderHostList } from '../../cli/output/host.ts';
import { renderMoved } from '../../cli/output/moved.ts';
import type { RenderContext } from '../../cli/output/render.ts';
import { renderStatus } from '../../cli/output/status.ts';
import { renderTask } from '../../cli/output/task.ts';
import { renderTaskList } from '../../cli/output/task-list.ts';
import { terminalOf } from '../../cli/output/terminal.ts';
import { renderWhy } from '../../cli/output/why.ts';
import type { TaskWhy } from '../../client/why.ts';
import type { TaskView } from '../../schemas/task-view.ts';
import { explainWait } from '../../schemas/why.ts';

const NOW = Date.parse('2025-11-21T10:00:00Z');
const at = (secondsAgo: number) => new Date(NOW - secondsAgo * 1000).toISOString();
const plain: RenderContext = { ...terminalOf({}, {}), columns: 80, nowMs: NOW };

const RUN: TaskView = {
  id: 'b4k7x2p9',
  workflowId: 'task/b4k7x2p9',
  runId: 'r',
  name: 'npm test',
  state: 'failed',
  requires: ['linux', 'node24'],
  ...{
    prefers: [],
    ladder: [],
    pinnedTo: null,
    limit: null,
    skillPin: null,
    skillInputs: {},
    limitedSince: null,
    assignedTo: null,
    retryAt: null,
  },
  ...{ totalTimeoutMs: null, silenceMs: null, progress: null, questions: [], handoffs: [] },
  route: 'route:linux+node24',
  runtime: 'command',
  command: ['npm', 'test'],
  shell: false,
  skill: null,
  priority: 3,
  project: null,
  submitter: 'ada',
  timeoutMs: null,
  leaseMs: 30_000,
  maxAttempts: 1,
  host: 'debby',
  agent: 'command@debby',
  attempt: 1,
  submittedAt: at(3_700),
  claimedAt: at(100),
  startedAt: at(100),
  endedAt: at(10),
  sessionId: 'b4k7x2p9/1',
  result: {
    outcome: 'failed',
    exitCode: 1,
    signal: null,
    summary: 'exit code 1 after 1m30s',
    tail: ['1 failing', '\x1b[31mAssertionError\x1b[0m'],
    sessionId: 'b4k7x2p9/1',
  },
  failure: { code: 'agent-error', message: 'exit code 1 after 1m30s' },
  history: [
    { state: 'queued', at: at(3_700), attempt: null, host: null, reason: 'submitted' },
    { state: 'running', at: at(100), attempt: 1, host: 'debby', reason: 'attempt 1 on debby' },
    { state: 'failed', at: at(10), attempt: 1, host: 'debby', reason: 'exit code 1 after 1m30s' },
  ],
};

/** A wait of which nothing special is to be said. */
const WHY: TaskWhy = {
  ...{ id: 'x', state: 'parked', since: at(30), reason: 'no-host-has-tag', sentence: 'Why.', requires: [], hosts: [] },
  ...{ prefers: [], ladder: [{ requires: [], at: null, hosts: [] }], pinnedTo: null, limit: null, assignedTo: null },
  retryAt: null,
};

describe('renderTask', () => {
  it('tells the end, the times both ways, the history and the last output [B1]', () => {
    const text = renderTask(RUN, plain);
    expect(text).toMatch(/^b4k7x2p9 {2}failed {2}agent-error: exit code 1 after 1m30s\n/);
    expect(text).toMatch(/^submitted {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(1h ago\) by ada$/m);
    expect(text).toMatch(/^ended {6}.*\(10s ago\) after 1m30s$/m);
    expect(text).toMatch(/STATE +TRY +HOST +REASON\n.*queued +submitted\n.*running +1 +debby/);
    expect(text).toContain('Last output\n  1 failing\n  AssertionError\n');
    expect(text).toContain('`colibri task logs`');
  });

  it('goes on in the next line with what there is to say of it, and says whose a handed over task is [B1] [C5]', () => {
    const reason = 'No single host has all of "linux", "node24"; debby comes closest and lacks "node24".';
    const waiting = { ...RUN, state: 'parked' as const, host: null, result: null, failure: null };
    const history = [{ state: 'parked' as const, at: at(9), attempt: null, host: null, reason }];
    const [first = '', second = ''] = renderTask({ ...waiting, history }, plain).split('\n');
    expect(first).toMatch(/^b4k7x2p9 {2}parked {2}No single host has all of/);
    expect(displayWidth(first)).toBeLessThanOrEqual(80);
    expect(second).toMatch(/^ {2}\S/);
    const handed = { ...waiting, history, assignedTo: 'bob' };
    expect(renderTask(handed, plain)).toMatch(/^b4k7x2p9 {2}parked {2}handed to bob, who has not claimed it yet\n/);
    expect(renderMoved(handed, plain)).toBe('b4k7x2p9 is parked: handed to bob, who has not claimed it yet\n');
  });

  it('leaves out what is not known, and a name that only repeats the command [B1]', () => {
    const text = renderTask({ ...RUN, state: 'queued', host: null, result: null, failure: null, attempt: 0 }, plain);
    expect(text).not.toMatch(/^(name|host|attempt|result|limit|prefers|or) /m);
    expect(text).toContain('colibri task why b4k7x2p9');
  });

  it('says every limit of time, and how else and where else it may run [B4] [R9]', () => {
    const ladder = [
      { requires: ['linux', 'node24'], at: null },
      { requires: ['linux'], at: at(-300) },
    ];
    const more = { silenceMs: 60_000, totalTimeoutMs: 7_200_000, limit: { key: 'repo:x', max: 2 }, pinnedTo: 'osa' };
    const text = renderTask({ ...RUN, ...more, ladder, prefers: ['gpu'] }, plain);
    expect(text).toMatch(/^timeouts +total 2h, attempt off, silence 1m$/m);
    expect(text).toMatch(/^or +linux \(from \d\d:\d\d:\d\d\)$/m);
    expect(text).toMatch(/^limit +at most 2 of "repo:x" at once$/m);
    expect(text).toMatch(/^only on +osa$/m);
    expect(text).toMatch(/^prefers +gpu$/m);
  });

  it('shows progress, the open question with the way to answer it, hand-overs and the result [B4] [C5]', () => {
    const text = renderTask(
      {
        ...{ ...RUN, state: 'blocked', host: null, agent: 'ada', failure: null },
        progress: { text: 'half of it', percent: 50, at: at(60), by: 'ada' },
        questions: [
          { question: 'Which one?', askedAt: at(50), attempt: 1, answer: 'This.', answeredBy: 'bob' },
          { question: 'And now?', askedAt: at(20), attempt: 1, answer: null, answeredBy: null },
        ],
        handoffs: [{ at: at(70), by: 'ada', to: null, notes: 'The tests are left. '.repeat(8), branch: 'wip' }],
        result: { ...RUN.result, data: { files: ['a', 'b'], note: 'x'.repeat(200) } } as TaskView['result'],
      },
      plain,
    );
    expect(text).toMatch(/^progress +50 %, half of it \(1m ago\)$/m);
    expect(text).toMatch(/^agent +ada$/m);
    expect(text).toContain('told by bob: This.\n  asked: And now?\n  answer it: colibri task answer b4k7x2p9 TEXT\n');
    expect(text).toMatch(/Handed over\n.*WHEN +BY +TO +NOTES\n.*ada +any +The tests are left/);
    expect(text).toContain('Result\n  {\n    "files": [\n');
    expect(text.split('\n').every((line) => displayWidth(line) <= 80)).toBe(true);
  });

  it('fits 80 columns [B1]', () => {
    const reason = 'No single host has all of "linux", "node24"; debby comes closest and lacks "node24". '.repeat(3);
    const text = renderTask(
      { ...RUN, history: [{ state: 'parked', at: at(1), attempt: null, host: null, reason }] },
      plain,
    );
    expect(text.split('\n').every((line) => displayWidth(line) <= 80)).toBe(true);
  });
});

describe('renderWhy', () => {
  it('gives the sentence, each tag with the hosts that have it, and what each host lacks [R6]', () => {
    const hosts = [
      { name: 'osa', status: 'online' as const, capabilities: ['freebsd', 'linux-compat'] },
      { name: 'debby', status: 'offline' as const, capabilities: ['linux', 'screenshot'] },
    ];
    const answer = explainWait({ tags: ['linux', 'screenshott'] }, hosts);
    const text = renderWhy(
      { ...WHY, ...answer, hosts: answer.hosts.map((host) => ({ ...host, preferred: [] })) },
      plain,
    );
    expect(text).toMatch(
      /^x {2}parked since \d\d:\d\d:\d\d \(30s ago\)\n\nNo host has "screenshott" \(did you mean "screenshot"\?\)/,
    );
    expect(text).toMatch(/REQUIRES +HAD BY\nlinux +debby\nscreenshott +no host \(did you mean screenshot\?\)/);
    expect(text).toMatch(/HOST +STATUS +LACKS\ndebby +offline +screenshott\nosa +online +linux, screenshott/);
  });
});

describe('renderWhy of what is chosen well', () => {
  it('shows the ladder with its times, preferred tags and reservations in 80 columns [R5] [R9]', () => {
    const text = renderWhy(
      {
        ...WHY,
        ladder: [
          { requires: ['zfs'], at: null, hosts: [] },
          { requires: ['linux'], at: at(-125), hosts: ['debby'] },
        ],
        prefers: ['gpu', 'screenshot'],
        hosts: [
          { name: 'debby', status: 'busy', missing: ['zfs'], reserved: [], preferred: [] },
          { name: 'osa', status: 'online', missing: [], reserved: ['gpu'], preferred: ['gpu'] },
        ],
      },
      plain,
    );
    expect(text).toMatch(/FROM +A HOST WITH +THAT IS\nnow +zfs +no host\n\d\d:\d\d:\d\d \(in 2m\) +linux +debby/);
    expect(text).toMatch(
      /HOST +STATUS +PREFERRED +LACKS\nosa +online +gpu +nothing, but is kept for gpu\ndebby +busy +- +zfs/,
    );
    expect(text.split('\n').every((line) => displayWidth(line) <= 80)).toBe(true);
  });

  it('shows the one host on which a task may run, and no other [R9]', () => {
    const hosts = ['debby', 'osa'].map((name) => ({
      ...{ name, status: 'busy' as const, missing: [], reserved: [], preferred: [] },
    }));
    const text = renderWhy({ ...WHY, reason: 'all-busy', pinnedTo: 'osa', hosts }, plain);
    expect(text).toContain('It may run on osa alone.\n');
    expect(text).toContain('osa   busy    nothing');
    expect(text).not.toContain('debby');
  });

  it('says until when a task rests [B4]', () => {
    const text = renderWhy({ ...WHY, reason: 'retry-later', retryAt: at(-90) }, plain);
    expect(text).toMatch(/^Not before \d\d:\d\d:\d\d \(in 1m\)\.$/m);
  });
});

describe('renderTaskList', () => {
  it('is aligned in 80 columns and cuts names, never ids [B1]', () => {
    const line = {
      id: '5f0c0e1e-7a5b-4a3a-9d38-0f6d4a1f2b3c',
      workflowId: 'w',
      runId: 'r',
      name: 'a name that goes on for much longer than any column could be',
      state: 'parked' as const,
      requires: ['docker', 'gpu', 'linux', 'screenshot'],
      route: null,
      priority: 3,
      project: null,
      host: null,
      agent: null,
      submittedAt: at(65),
      endedAt: null,
    };
    const text = renderTaskList([line, { ...line, id: 'b', state: 'done', host: 'debby' }], plain);
    expect(text.split('\n').every((row) => displayWidth(row) <= 80)).toBe(true);
    expect(text).toContain(line.id);
    expect(text).toMatch(/1m +docker.*… +a name.*…/);
  });
});

const HOST = {
  name: 'osa',
  status: 'busy' as const,
  since: at(500),
  reason: 'its only slot is in use',
  drain: null,
  capabilities: ['freebsd'],
  reserve: [],
  slots: { total: 1, used: 1 },
  lastSeenAt: at(2),
  running: [{ taskId: 't1', attempt: 2, sessionId: 't1/2', startedAt: NOW - 60_000 }],
  version: '0.1.0',
  os: 'freebsd',
};

describe('hosts', () => {
  it('are listed with slots and when they were heard [P1]', () => {
    expect(renderHostList([HOST], plain)).toMatch(/^osa +busy +1\/1 +2s ago +freebsd +freebsd$/m);
    expect(renderHostList([], plain)).toContain('colibri worker host');
  });

  it('show the tags that they keep themselves for [R9]', () => {
    const kept = { ...HOST, capabilities: ['freebsd', 'gpu'], reserve: ['gpu'] };
    expect(renderHostList([kept], plain)).toMatch(/freebsd gpu!\n\n! reserved/);
    expect(renderHost({ ...kept, registration: null }, plain)).toMatch(
      /^reserved +takes only tasks that require gpu$/m,
    );
  });

  it('are shown with containment, what they run, and how each tag is known [R2]', () => {
    const registration = {
      ...{ name: 'osa', hostId: 'h', instanceId: 'i', protocol: 1, version: '0.1.0', os: 'freebsd', node: '20.20.2' },
      ...{ containment: 'sweep', slots: 1, leaseMs: 30_000, capabilities: ['freebsd'] },
      findings: [
        { tag: 'docker', found: false, how: 'the daemon does not answer' },
        { tag: 'freebsd', found: true, how: 'the kernel is FreeBSD', version: '14.3' },
      ],
    };
    const text = renderHost({ ...HOST, registration }, plain);
    expect(text).toMatch(/^containment +sweep \(/m);
    expect(text).toMatch(/TASK +ATTEMPT +STARTED\n +t1 +2 +1m ago/);
    expect(text).toMatch(/freebsd +yes +14\.3 +the kernel is FreeBSD\n +docker +no +the daemon does not answer/);
  });
});

describe('renderStatus', () => {
  const tasks = { queued: 0, parked: 2, claimed: 0, running: 1, blocked: 0, done: 5, failed: 0, cancelled: 0 };
  const base = {
    server: { address: 'a:1', namespace: 'default', version: '1.29.1' },
    control: { up: true, detail: null },
    hosts: { online: 1, busy: 0, draining: 0, stale: 0, 'never-seen': 0, offline: 1 },
    slots: { total: 4, used: 1 },
    tasks,
    longestWaiting: {
      id: 'x',
      state: 'parked' as const,
      since: at(7_300),
      reason: 'all-offline' as const,
      sentence: 'Why.',
    },
  };

  it('counts hosts and tasks and says what waits longest [V1]', () => {
    const text = renderStatus(base, plain);
    expect(text).toContain('hosts    1 online, 1 offline\n');
    expect(text).toContain('tasks    2 parked, 1 running, 5 done\n');
    expect(text).toContain('Waiting longest  x  parked for 2h\n  Why.\n');
  });

  it('says that nothing is known of hosts without a control worker, and how to start one [V1]', () => {
    const text = renderStatus(
      { ...base, control: { up: false, detail: 'it does not answer' }, longestWaiting: null },
      plain,
    );
    expect(text).toContain('down: it does not answer; start it with colibri worker control');
    expect(text).toContain('hosts    not known');
  });
});

describe('renderDoctor', () => {
  it('puts the command that mends a thing below it [P4]', () => {
    const checks = [
      { name: 'node', status: 'ok' as const, detail: '20.20.2', fix: null },
      { name: 'server', status: 'missing' as const, detail: 'none', fix: 'colibri server' },
    ];
    const text = renderDoctor({ ok: false, checks }, plain);
    expect(text).toBe(
      'ok       node    20.20.2\nmissing  server  none\n                 mend: colibri server\n\n1 needed thing is missing; begin with the first.\n',
    );
  });
});
