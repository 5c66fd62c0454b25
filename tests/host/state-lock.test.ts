import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readNote, writeNote } from '../../workers/host/hand-over-note.ts';
import { Predecessors } from '../../workers/host/predecessors.ts';
import { StateLock } from '../../workers/host/state-lock.ts';
import { Succession } from '../../workers/host/succession.ts';
import { overwriteLock, releaseLock, takeLock } from '../../workers/host/worker-lock.ts';
import { startOf } from '../../workers/leash/process-table.ts';
import { QUIET } from '../workflows/host-stand-in.ts';
import { until } from '../workflows/support.ts';

let dir: string;
let others: ChildProcess[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lock-'));
  others = [];
});
afterEach(() => {
  for (const other of others) other.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

const holderPath = () => join(dir, 'worker.lock');

/** A process that stands for another worker. */
function another(more: { joined?: boolean; seat?: number } = {}) {
  const child = spawn('sleep', ['60']);
  others.push(child);
  const holder = { pid: child.pid ?? 0, startMs: startOf(child.pid ?? 0), ...more };
  const end = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { holder, end };
}

/** Another worker has the folder, and its first seat. */
function held(joined: boolean) {
  const other = another({ joined, seat: 0 });
  takeLock(holderPath(), other.holder);
  takeLock(join(dir, 'seat.lock'), other.holder);
  return other;
}

describe('the place of a worker in its state folder', () => {
  it('is given by a worker that has joined to one that asks for it, in a seat of its own [P4]', () => {
    held(true);
    expect(() => StateLock.take(dir)).toThrow('--takeover');
    const lock = StateLock.take(dir, { takeover: true });
    expect(lock.seatDir).toBe(join(dir, 'seats', '1'));
    expect(lock.predecessors()).toHaveLength(1);
    expect(lock.leftSeats()).toEqual([lock.seatDir]);
    expect(lock.standing()).toBe('succeeded');
    lock.commit();
    expect(lock.standing()).toBe('holder');
    lock.release();
    expect(readdirSync(join(dir, 'seats'))).toEqual([]);
    expect(existsSync(holderPath())).toBe(false);
  });

  it('is not taken from a worker that is still starting, nor by two at once [P4]', () => {
    const other = held(false);
    expect(() => StateLock.take(dir, { takeover: true })).toThrow('still starting, or of an older version');
    overwriteLock(holderPath(), { ...other.holder, joined: true });
    const rival = another();
    takeLock(join(dir, 'successor.lock'), rival.holder);
    expect(() => StateLock.take(dir, { takeover: true })).toThrow(`process ${rival.holder.pid} is just taking`);
  });

  it('does not remove the lock of whoever took it meanwhile [P1]', async () => {
    const [first, second] = [another(), another()];
    takeLock(holderPath(), first.holder);
    await first.end();
    expect(takeLock(holderPath(), second.holder)).toBeUndefined();
    releaseLock(holderPath(), first.holder);
    expect(takeLock(holderPath(), first.holder)?.pid).toBe(second.holder.pid);
  });

  it('leaves the seat of one that was killed to be cleared by one worker alone [T3]', async () => {
    const other = held(true);
    const lock = StateLock.take(dir, { takeover: true });
    lock.commit();
    const cleared: string[] = [];
    const clear = async (seat: string) => void cleared.push(seat);
    await lock.clearSeat(dir, clear);
    expect(cleared).toEqual([]);
    await other.end();
    writeNote(dir, { used: 1, running: [] });
    for (const left of ['handing-over.json.new', 'end-now']) writeFileSync(join(dir, left), '');
    expect(lock.leftSeats().sort()).toEqual([dir, lock.seatDir].sort());
    await lock.clearSeat(dir, async (seat) => {
      expect(lock.predecessors()).toEqual([]);
      expect(takeLock(join(seat, 'seat.lock'), another().holder)?.pid).toBe(process.pid);
      await clear(seat);
    });
    expect(cleared).toEqual([dir]);
    expect(readdirSync(dir).sort()).toEqual(['seats', 'worker.lock']);
    lock.release();
  });
});

describe('a worker that is succeeded', () => {
  function watched(lock: StateLock) {
    const seen: string[] = [];
    const succession = new Succession({
      ...{ lock, log: QUIET },
      note: () => ({ used: 3, running: [] }),
      onSucceeded: () => seen.push('succeeded'),
      onAlone: () => seen.push('alone'),
      onEnd: () => seen.push('end'),
    });
    succession.start();
    return { seen, succession };
  }
  const sees = (seen: string[], what: string) =>
    until(
      async () => seen,
      (all) => all.at(-1) === what,
    );

  it('says what it still runs, and goes on when its successor is killed, but not when that left in order [P4]', async () => {
    const lock = StateLock.take(dir);
    lock.commit();
    const { seen, succession } = watched(lock);
    const told: string[] = [];
    try {
      const first = another({ joined: true });
      overwriteLock(holderPath(), first.holder);
      await sees(seen, 'succeeded');
      expect(readNote(dir)).toEqual({ used: 3, running: [] });
      succession.whenHolder(() => told.push('registered'));
      expect(told).toEqual([]);
      await first.end();
      await sees(seen, 'alone');
      expect(told).toEqual(['registered']);
      expect(readNote(dir)).toBeUndefined();

      const second = another({ joined: true });
      overwriteLock(holderPath(), second.holder);
      await sees(seen, 'succeeded');
      releaseLock(holderPath(), second.holder);
      await second.end();
      writeFileSync(join(dir, 'end-now'), '');
      await sees(seen, 'end');
      expect(lock.standing()).toBe('succeeded');
      expect(seen.filter((what) => what === 'alone')).toHaveLength(1);
    } finally {
      succession.stop();
      lock.release();
    }
  });

  it('keeps its slots from its successor, all of them until it says how many it uses [R9]', async () => {
    const other = held(true);
    const lock = StateLock.take(dir, { takeover: true });
    let changes = 0;
    const gone: string[] = [];
    const predecessors = new Predecessors({
      ...{ lock, slots: 4 },
      onChange: () => {
        changes += 1;
      },
      onGone: (seat) => gone.push(seat),
    });
    try {
      expect(predecessors.used).toBe(4);
      predecessors.start();
      const run = { taskId: 't', attempt: 1, sessionId: 't/1', startedAt: 1 };
      writeNote(dir, { used: 1, running: [run] });
      await until(
        async () => predecessors.used,
        (used) => used === 1,
      );
      expect(predecessors.running).toEqual([run]);
      await other.end();
      await until(
        async () => gone,
        (seats) => seats.length === 1,
      );
      expect({ gone, used: predecessors.used, running: predecessors.running }).toEqual({
        gone: [dir],
        used: 0,
        running: [],
      });
      expect(changes).toBe(2);
    } finally {
      predecessors.stop();
      lock.release();
    }
  });
});
