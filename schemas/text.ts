import { z } from 'zod';

/** What people and agents say to each other about a task. */
export const Text = z
  .string()
  .trim()
  .min(1, 'say something')
  .max(16_384, 'longer than 16 KiB')
  .refine((text) => !text.includes('\0'), 'contains a NUL character');

/** A short name that people read: of a task, a project, a person. */
export const Label = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((s) => !/[\p{Cc}]/u.test(s), 'contains a control character');
