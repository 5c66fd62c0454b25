import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/**
 * Milliseconds since this machine was started. Never steps back, is not moved by setting the wall clock, and means
 * the same in every process of the machine, so that a time taken in one process can be judged in another.
 *
 * Linux: libuv reads /proc/uptime, which counts time spent in suspension (`process.hrtime` does not); resolution 10 ms,
 * 8 us a call (reading the file from JavaScript gives the same figures in 19 us).
 *
 * FreeBSD: libuv's uptime has whole seconds only, so CLOCK_MONOTONIC is read by `process.hrtime`. No clock of
 * FreeBSD up to 14 counts suspension; when one does it will be this one (its CLOCK_BOOTTIME is already an alias of it).
 */
export function bootClockMs(): number {
  return process.platform === 'linux' ? Math.round(uptime() * 1000) : Number(process.hrtime.bigint() / 1_000_000n);
}

let knownBootId: string | undefined;

/** Names the present boot of this machine: process ids and start times mean something only within one boot. */
export function bootId(): string {
  knownBootId ??= readBootId();
  return knownBootId;
}

function readBootId(): string {
  if (process.platform === 'linux') return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  // kern.boot_id came with FreeBSD 14; before it the time of boot has to do, though setting the clock moves it.
  for (const name of ['kern.boot_id', 'kern.boottime']) {
    try {
      const text = execFileSync('sysctl', ['-n', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      return /sec = (\d+)/.exec(text)?.[1] ?? text.trim();
    } catch {
      // Not known to this kernel: the next one.
    }
  }
  return 'unknown';
}
