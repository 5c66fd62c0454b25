import type { PollLog } from './polling/types.ts';

/** A log whose every line carries these fields. */
export function childLog(log: PollLog, fields: object): PollLog {
  return {
    debug: (more, message) => log.debug({ ...fields, ...more }, message),
    info: (more, message) => log.info({ ...fields, ...more }, message),
    warn: (more, message) => log.warn({ ...fields, ...more }, message),
    error: (more, message) => log.error({ ...fields, ...more }, message),
  };
}
