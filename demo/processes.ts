import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface FoundProcess {
  pid: number;
  command: string;
}

/**
 * Processes that have to do with a folder: named by their arguments, their environment or their working folder. That
 * finds servers, workers, leashes and agents alike, whoever started them.
 */
export function processesOf(folder: string): FoundProcess[] {
  const found = process.platform === 'linux' ? byProc(folder) : byPs(folder);
  return found.filter(({ pid }) => pid !== process.pid);
}

/** Whether a process runs; one that has ended but was not yet reaped does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return process.platform !== 'linux' || read(`/proc/${pid}/cmdline`) !== '';
}

/** SIGKILL to a process, if it is still there. */
export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

function byProc(folder: string): FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      // One that only waits to be reaped has no command line any more.
      const command = read(`/proc/${name}/cmdline`);
      if (command === '') return [];
      const texts = [command, read(`/proc/${name}/environ`), link(`/proc/${name}/cwd`)];
      if (!texts.some((text) => text.includes(folder))) return [];
      return [{ pid: Number(name), command: command.replaceAll('\0', ' ').trim() }];
    });
}

/** `ps` of the BSDs and of macOS shows our own processes with their environment. */
function byPs(folder: string): FoundProcess[] {
  const lines = execFileSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return lines.split('\n').flatMap((line) => {
    const [, pid, command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid !== undefined && command.includes(folder) ? [{ pid: Number(pid), command }] : [];
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // Ended meanwhile, or not ours to look at.
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
