import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExec } from '../probes/exec.ts';
import { ScreenshotError } from './screenshot-error.ts';

const CONFIG = `set -g default-terminal screen-256color
set -g status off
set -g history-limit 100
set -g default-shell /bin/sh
set -g mouse off
`;

// Runs the command in the pane ("$@" after the first three), then says that all of its output is on the screen: a terminal
// answers a status request (ESC [5n -> ESC [0n) only after it has taken in what was written before. It then waits to be
// captured. Meanwhile a watchdog ends the server when the process that asked for the picture is gone, however it died, or has
// given up and removed the folder.
const PANE_SCRIPT = `socket=$1 folder=$2 owner=$3; shift 3
server=\${TMUX#*,} server=\${server%%,*}
(while kill -0 "$owner" && [ -d "$folder" ]; do sleep 1; done; rm -rf "$folder"; kill "$server") </dev/null >/dev/null 2>&1 &
"$@"
echo $? >"$folder/exit"
if stty -echo -icanon min 4 2>/dev/null; then printf '\\033[5n'; dd bs=1 count=4 >/dev/null 2>&1; fi
tmux -S "$socket" wait-for -S done
exec sleep 120
`;

const COMMAND_TIMEOUT_MS = 10_000;

export interface TmuxPane {
  /** Resolves with the command's exit code once it has ended and all it wrote is shown, or undefined after `waitMs`. */
  ended(waitMs: number): Promise<number | undefined>;
  /** What the pane shows now, with colours. */
  capture(): Promise<string>;
  /** Ends the server, the pane and its processes, and removes the folder. */
  close(): Promise<void>;
}

export interface TmuxPaneOptions {
  command: readonly string[];
  columns: number;
  rows: number;
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Stops a wait or a start that is under way; `close` still works afterwards. */
  signal?: AbortSignal;
}

/** Starts a tmux server of its own (private socket, no user configuration, no terminal needed) with one pane. */
export async function openTmuxPane({ command, columns, rows, cwd, ...given }: TmuxPaneOptions): Promise<TmuxPane> {
  const env = paneEnvironment(given.env);
  const exec = createExec(env, given.signal);
  const execAlways = createExec(env);
  // A socket's path holds about a hundred bytes: a deep TMPDIR would not leave room.
  const folder = await mkdtemp(join(tmpdir().length > 60 ? '/tmp' : tmpdir(), 'colibri-tmux-'));
  const socket = join(folder, 's');
  const config = join(folder, 'tmux.conf');
  const base = ['-u', '-S', socket, '-f', config];
  const tmux = (...args: string[]) => exec('tmux', [...base, ...args], { timeoutMs: COMMAND_TIMEOUT_MS });

  const close = async () => {
    const always = (...args: string[]) => execAlways('tmux', [...base, ...args], { timeoutMs: COMMAND_TIMEOUT_MS });
    const panes = await always('list-panes', '-a', '-F', '#{pane_pid}');
    await always('kill-server');
    // Hanging up is all tmux does to a pane's processes; those that ignore it are ended here.
    for (const pid of panes.stdout.split('\n').filter(Boolean)) killGroup(Number(pid));
    await rm(folder, { recursive: true, force: true });
  };

  try {
    await writeFile(config, CONFIG);
    const script = ['sh', '-c', PANE_SCRIPT, 'sh', socket, folder, String(process.pid), ...command];
    const size = ['-x', String(columns), '-y', String(rows)];
    const started = await tmux('new-session', '-d', ...size, '-c', cwd, ...script);
    if (started.code !== 0) throw new ScreenshotError(`tmux did not start: ${reason(started)}`);
  } catch (error) {
    await close();
    throw error;
  }

  return {
    async ended(waitMs) {
      const waited = await exec('tmux', ['-S', socket, 'wait-for', 'done'], { timeoutMs: waitMs });
      if (waited.code !== 0) return undefined;
      const code = Number.parseInt(await readFile(join(folder, 'exit'), 'utf8'), 10);
      return Number.isNaN(code) ? undefined : code;
    },
    async capture() {
      // -N keeps trailing blanks, which may be coloured; before tmux 3.1 it does not exist.
      let captured = await tmux('capture-pane', '-p', '-e', '-N');
      if (captured.code !== 0) captured = await tmux('capture-pane', '-p', '-e');
      if (captured.code !== 0) throw new ScreenshotError(`tmux did not hand out its pane: ${reason(captured)}`);
      return captured.stdout;
    },
    close,
  };
}

function paneEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { TMUX: _outer, TMUX_PANE: _pane, ...rest } = env;
  const locale = rest.LC_ALL ?? rest.LC_CTYPE ?? rest.LANG ?? '';
  // Without a UTF-8 locale tmux refuses to start, and programs in the pane write question marks.
  return { ...rest, ...(/utf-?8/i.test(locale) ? {} : { LC_ALL: 'C.UTF-8' }), COLORTERM: 'truecolor' };
}

function reason(result: { failure?: string; stderr: string; code: number | null }): string {
  return result.failure ?? (result.stderr.trim() || `exit code ${result.code}`);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: gone already.
  }
}
