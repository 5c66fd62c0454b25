import { z } from 'zod';

/**
 * One event of a session, in order. `n` counts from 1 within the session, `at` is epoch milliseconds of the host's
 * clock. Output comes as the agent wrote it, in pieces of at most 16 KiB that need not end with a line: UTF-8 with bad
 * bytes replaced, its line ends kept, so that the pieces of a stream joined give the stream.
 */
export const SessionEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('output'),
    n: z.int(),
    at: z.number(),
    stream: z.enum(['stdout', 'stderr']),
    text: z.string(),
  }),
  z.object({ type: z.literal('note'), n: z.int(), at: z.number(), text: z.string() }),
  z.object({
    type: z.literal('started'),
    n: z.int(),
    at: z.number(),
    host: z.string(),
    attempt: z.int(),
    command: z.array(z.string()),
  }),
  z.object({
    type: z.literal('ended'),
    n: z.int(),
    at: z.number(),
    outcome: z.string(),
    exitCode: z.int().nullable(),
    signal: z.string().nullable(),
    summary: z.string(),
  }),
  /** The live stream stops carrying output here; the transcript on the host goes on. */
  z.object({ type: z.literal('live-capped'), n: z.int(), at: z.number(), limitBytes: z.number() }),
  /** The transcript on the host stops carrying output here. */
  z.object({ type: z.literal('transcript-capped'), n: z.int(), at: z.number(), limitBytes: z.number() }),
]);
export type SessionEvent = z.infer<typeof SessionEvent>;

/** The record of a session. */
export const SessionInfo = z.object({
  sessionId: z.string(),
  taskId: z.string(),
  attempt: z.int(),
  host: z.string(),
  agent: z.string(),
});
export type SessionInfo = z.infer<typeof SessionInfo>;
