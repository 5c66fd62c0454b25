import { z } from 'zod';

/** A line of `task intake`: one for each task as written, in their order. Places count from 1. */
export const IntakeLineJson = z.strictObject({
  line: z.int(),
  status: z.enum(['submitted', 'existing', 'invalid', 'failed', 'unsure', 'not-submitted', 'would-submit']),
  id: z.string().nullable(),
  key: z.string().nullable(),
  name: z.string().nullable(),
  requires: z.array(z.string()),
  errors: z.array(
    z.strictObject({
      line: z.int(),
      column: z.int().nullable(),
      field: z.string().nullable(),
      message: z.string(),
    }),
  ),
  warnings: z.array(z.string()),
});
export type IntakeLineJson = z.infer<typeof IntakeLineJson>;

/** The last line of `task intake`. `leftOut`: items of a Markdown list that were ticked off. */
export const IntakeSummaryJson = z.strictObject({
  summary: z.strictObject({
    format: z.enum(['json', 'jsonl', 'yaml', 'markdown']),
    dryRun: z.boolean(),
    tasks: z.int(),
    submitted: z.int(),
    existing: z.int(),
    invalid: z.int(),
    failed: z.int(),
    unsure: z.int(),
    notSubmitted: z.int(),
    leftOut: z.int(),
  }),
});
export type IntakeSummaryJson = z.infer<typeof IntakeSummaryJson>;
