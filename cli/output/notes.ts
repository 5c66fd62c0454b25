import { formatBytes } from '../../schemas/byte-size.ts';
import type { SessionEvent } from '../../schemas/session-event.ts';
import { commandLine, oneLine } from './text.ts';

/** What an event that is no output says, as one line; null for one that is. */
export function eventNote(event: SessionEvent): string | null {
  switch (event.type) {
    case 'output':
      return null;
    case 'note':
      return oneLine(event.text);
    case 'started':
      return `started on ${event.host}: ${commandLine(event.command)}`;
    case 'ended':
      return `ended: ${oneLine(event.summary)}`;
    case 'live-capped':
      return `too much output to stream (limit ${formatBytes(event.limitBytes)}): the rest is in the transcript on the host`;
    case 'transcript-capped':
      return `too much output to keep (limit ${formatBytes(event.limitBytes)}): the transcript stops here`;
  }
}
