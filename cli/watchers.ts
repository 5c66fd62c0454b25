import type { LogEvent } from '../client/logs.ts';
import { LineJoiner } from './output/line-joiner.ts';
import { eventNote } from './output/notes.ts';
import { paintState } from './output/states.ts';
import { terminalOf } from './output/terminal.ts';
import { oneLine, safeLine } from './output/text.ts';
import { clockTime } from './output/time.ts';
import { err, out, printJson } from './output/write.ts';
import type { Watcher } from './watch-task.ts';

/** JSON lines on stdout; only outages, which are no news of the task, go to stderr. */
export function jsonWatcher(): Watcher {
  return {
    ...outageOnStderr(),
    history: (entry) => printJson({ history: entry }),
    why: (why) => printJson({ why }),
    event: ({ attempt, event }) => printJson({ attempt, event }),
  };
}

/** The task's own output, stream by stream, untouched; what else there is to say goes to stderr. */
export function rawWatcher(): Watcher {
  const { note: say, output } = rawOutput();
  return {
    ...outageOnStderr(),
    async history(entry) {
      if (entry.state === 'parked') await say(`parked: ${oneLine(entry.reason)}`);
      if (entry.state === 'queued' && entry.attempt !== null) await say(`queued: ${oneLine(entry.reason)}`);
      if (entry.state === 'running') await say(`running: ${oneLine(entry.reason)}`);
    },
    why: (why) => say(`${why.state}: ${oneLine(why.sentence)}`),
    async event(line) {
      if (line.event.type === 'output') await output(line);
      else if (line.event.type !== 'started' && line.event.type !== 'ended') await say(eventNote(line.event) ?? '');
    },
  };
}

/** A running account for people: states with their time, output indented below them. */
export function humanWatcher(): Watcher {
  const { paint } = terminalOf();
  const lines = new LineJoiner();
  const line = (text: string) => out(`          ${text}\n`);
  const output = (stream: 'stdout' | 'stderr', text: string) =>
    line(`${paint.dim(stream === 'stderr' ? '!' : '|')} ${safeLine(text)}`);
  const rest = async () => {
    for (const { stream, text } of lines.end()) await output(stream, text);
  };
  return {
    away: (message) => line(paint.yellow(`${message}; waiting for it`)),
    back: () => line(paint.green('it answers again')),
    async history(entry) {
      await rest();
      const pad = ' '.repeat(Math.max(0, 'cancelled'.length - entry.state.length));
      await out(
        `${paint.dim(clockTime(entry.at))}  ${paintState(entry.state, paint)}${pad}  ${oneLine(entry.reason)}\n`,
      );
    },
    why: (why) => line(`${' '.repeat('cancelled'.length)}  ${oneLine(why.sentence)}`),
    async event({ event }) {
      if (event.type === 'output') {
        for (const text of lines.add(event.stream, event.text)) await output(event.stream, text);
        return;
      }
      await rest();
      if (event.type !== 'started' && event.type !== 'ended') await line(paint.dim(eventNote(event) ?? ''));
    },
  };
}

/** Output as the agent wrote it, on the stream that it used, and notes on stderr that begin on a line of their own. */
export function rawOutput(): { output(line: LogEvent): Promise<void>; note(text: string): Promise<void> } {
  const { paint } = terminalOf(process.stderr);
  let midLine = false;
  return {
    async output({ event }) {
      if (event.type !== 'output' || event.text === '') return;
      midLine = !event.text.endsWith('\n');
      await (event.stream === 'stdout' ? out : err)(event.text);
    },
    async note(text) {
      await err(`${midLine ? '\n' : ''}${paint.dim(text)}\n`);
      midLine = false;
    },
  };
}

export function outageOnStderr(): Pick<Watcher, 'away' | 'back'> {
  const { paint } = terminalOf(process.stderr);
  return {
    away: (message) => err(paint.yellow(`${message}; waiting for it\n`)),
    back: () => err(paint.green('it answers again\n')),
  };
}
