import { z } from 'zod';
import { HOST_STATUSES } from '../../schemas/fleet.ts';
import { TASK_STATES } from '../../schemas/task-state.ts';
import { TaskWhyJson } from './task.ts';

export const StatusJson = z.strictObject({
  server: z.strictObject({ address: z.string(), namespace: z.string(), version: z.string() }),
  /** `detail`: why it is not known to be up. */
  control: z.strictObject({ up: z.boolean(), detail: z.string().nullable() }),
  hosts: z.record(z.enum(HOST_STATUSES), z.int()),
  slots: z.strictObject({ total: z.int(), used: z.int() }),
  tasks: z.record(z.enum(TASK_STATES), z.int()),
  longestWaiting: TaskWhyJson.pick({ id: true, state: true, since: true, reason: true, sentence: true }).nullable(),
});
export type StatusJson = z.infer<typeof StatusJson>;

export const DoctorJson = z.strictObject({
  ok: z.boolean(),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      status: z.enum(['ok', 'warning', 'missing', 'skipped']),
      detail: z.string(),
      fix: z.string().nullable(),
    }),
  ),
});
export type DoctorJson = z.infer<typeof DoctorJson>;

/** Durations in milliseconds, sizes in bytes. `name`: the flag, the variable or the file. */
export const ConfigJson = z.strictObject({
  file: z.string().nullable(),
  settings: z.array(
    z.strictObject({
      key: z.string(),
      value: z.unknown(),
      from: z.enum(['flag', 'variable', 'file', 'default']),
      name: z.string().nullable(),
      flag: z.string(),
      variable: z.string(),
    }),
  ),
  server: z.strictObject({ address: z.string(), namespace: z.string() }),
});
export type ConfigJson = z.infer<typeof ConfigJson>;

/** Long-running parts print one line when they are up; their log is on stderr. */
export const UpJson = z.strictObject({
  part: z.enum(['server', 'control', 'host', 'dev']),
  address: z.string(),
  namespace: z.string(),
  uiUrl: z.string().nullable().optional(),
  db: z.string().optional(),
  host: z.string().optional(),
});
export type UpJson = z.infer<typeof UpJson>;

/** Whether every step came true. */
export const DemoJson = z.strictObject({ ok: z.boolean() });
export type DemoJson = z.infer<typeof DemoJson>;

/** On stderr. */
export const ErrorJson = z.strictObject({
  error: z.strictObject({
    code: z.enum(['failed', 'invalid', 'not-found', 'refused', 'unreachable']),
    message: z.string(),
    hint: z.string().nullable(),
  }),
});
export type ErrorJson = z.infer<typeof ErrorJson>;
