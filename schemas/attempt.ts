import { z } from 'zod';
import { Text } from './text.ts';

/** What an agent may say of its end, in the file that COLIBRI_REPORT names. All of it is optional. */
export const AgentReport = z.strictObject({
  outcome: z.enum(['needs-input', 'rate-limited', 'budget-exceeded']).optional(),
  /** With `needs-input`: what is asked. */
  question: Text.optional(),
  /** With `rate-limited`: when the limit is reset. */
  until: z.iso.datetime({ offset: true, error: 'give a time like 2026-11-21T14:05:00Z' }).optional(),
  summary: Text.optional(),
  /** Any JSON value, for whoever needs the result. */
  result: z.json().optional(),
});
export type AgentReport = z.infer<typeof AgentReport>;

/** How one attempt ended. Times are epoch milliseconds of the host's clock. */
export const AttemptResult = z.object({
  outcome: z.enum([
    'succeeded',
    'failed',
    'timeout',
    'silent',
    'cancelled',
    'needs-input',
    'rate-limited',
    'budget-exceeded',
  ]),
  attempt: z.int(),
  /** Null: it was done by an agent outside. */
  host: z.string().nullable(),
  agent: z.string(),
  sessionId: z.string(),
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  /** One line that says how it ended. */
  summary: z.string(),
  /** Last lines of output, oldest first. */
  tail: z.array(z.string()),
  startedAt: z.number(),
  endedAt: z.number(),
  output: z.object({ bytes: z.number(), events: z.number(), liveCapped: z.boolean(), transcriptCapped: z.boolean() }),
  question: z.string().optional(),
  /** Epoch milliseconds: when a limit that was met is reset. */
  until: z.number().optional(),
  /** What the agent gave as its result. */
  data: z.json().optional(),
});
export type AttemptResult = z.infer<typeof AttemptResult>;
