import { z } from 'zod';
import { duration } from './duration.ts';
import { HostName } from './fleet.ts';
import { Needs } from './needs.ts';
import { SkillInputs } from './skill-inputs.ts';
import { TagSet } from './tags.ts';
import { Label } from './text.ts';

/** Text that can stand in an argument or a variable of a process: the operating system knows no NUL there. */
const ProcessText = z
  .string()
  .max(131_072, 'longer than 128 KiB')
  .refine((s) => !s.includes('\0'), 'contains a NUL character');

/** Most further sets of tags that a task may name. */
const MAX_ALTERNATIVES = 8;

function isAscending(alternatives: readonly { afterMs: number }[]): boolean {
  return alternatives.every(({ afterMs }, at) => afterMs >= (alternatives[at - 1]?.afterMs ?? 0));
}

/** Environment variable names that a task may set; Colibri's own are its to give. */
const EnvName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable name has letters, digits and _ and starts with no digit')
  .refine((name) => !name.startsWith('COLIBRI_'), 'names starting with COLIBRI_ are reserved');

/** `__proto__` is refused apart, because a record leaves it out without a word. */
const Environment = z
  .custom<unknown>(
    (given) => typeof given !== 'object' || given === null || !Object.hasOwn(given, '__proto__'),
    '__proto__ cannot be the name of a variable here',
  )
  .pipe(z.record(EnvName, ProcessText));

/** A task as submitted: what to run, and what a host must be able to do to run it. Unknown fields are refused. */
export const TaskSpec = z
  .strictObject({
    /** Program and arguments. No shell looks at them unless `shell` is set. With a skill: arguments of its entry. */
    command: z.array(ProcessText).max(10_000).default([]),
    /** A skill, registered or shipped; its entry is run and its own `requires` are added to the task's. */
    skill: Label.optional(),
    /** What the skill is given, by name. */
    skillInputs: SkillInputs.default({}),
    /** Tags a host must have, all of them. Empty: any host. */
    requires: TagSet.default([]),
    /** Tags by which capable hosts are ranked: the more of them a host has, the sooner it is asked. */
    prefers: TagSet.default([]),
    /** How long hosts that rank higher are waited for while another capable one is free. */
    preferWait: duration({ minMs: 0, maxMs: 600_000 }).default(2_000),
    /** Further sets of tags, in order: once it has waited for so long, a host that meets one may run it as well. */
    alternatives: z
      .array(z.strictObject({ requires: TagSet, afterMs: duration({ minMs: 0 }) }))
      .max(MAX_ALTERNATIVES, `at most ${MAX_ALTERNATIVES} alternatives`)
      .refine(isAscending, 'order them by afterMs, soonest first')
      .default([]),
    /** The one host that may run it. */
    host: HostName.optional(),
    /** At most so many tasks with this key run at once, whatever their hosts. */
    limit: z.strictObject({ key: Label, max: z.int().min(1).max(10_000) }).optional(),
    name: Label.optional(),
    runtime: z.enum(['command']).default('command'),
    /** Give the command, joined by spaces, to `/bin/sh -c`. */
    shell: z.boolean().default(false),
    env: Environment.default({}),
    /** Absolute folder on the host. Default: an own empty folder for each attempt. */
    cwd: ProcessText.regex(/^\//, 'must be an absolute path').optional(),
    /** Longest run of one attempt. Default: no limit. */
    timeout: duration({ minMs: 100 }).optional(),
    /** Longest time from submission to end, waiting included. Default: no limit. */
    totalTimeout: duration({ minMs: 1_000 }).optional(),
    /** An attempt that prints nothing for so long is taken to be stuck and ended. Default: no limit. */
    silence: duration({ minMs: 1_000 }).optional(),
    /** Time between TERM and KILL when the agent is ended. */
    grace: duration({ minMs: 0, maxMs: 600_000 }).default(5_000),
    /** Heartbeat timeout of an attempt: how long a host may be silent before the task goes elsewhere. */
    lease: duration({ minMs: 2_000, maxMs: 3_600_000 }).optional(),
    /** How many attempts may end with the agent's own failure. A lost host never counts. */
    maxAttempts: z.int().min(1).max(100).default(1),
    /** Wait before an attempt that follows an agent's failure; doubled with each further one, up to an hour or itself. */
    retryDelay: duration({ minMs: 0, maxMs: 86_400_000 }).default(1_000),
    /** 1 (first) to 5 (last). */
    priority: z.int().min(1).max(5).default(3),
    project: Label.optional(),
    submitter: Label.optional(),
    /** Names the task for whoever submits it: the same key again, by anyone, starts nothing. Its id follows from it. */
    key: Label.optional(),
    /** Results of the tasks that it needed, handed on by its plan. The agent gets them as files and variables. */
    inputs: Needs.default({}),
  })
  .superRefine((spec, ctx) => {
    if (spec.skill === undefined && (spec.command[0] ?? '').trim() === '') {
      ctx.addIssue({ code: 'custom', path: ['command'], message: 'give the program to run as its first item' });
    }
    if (spec.skill === undefined && Object.keys(spec.skillInputs).length > 0) {
      ctx.addIssue({ code: 'custom', path: ['skillInputs'], message: 'name the skill that they are for' });
    }
  });
export type TaskSpec = z.output<typeof TaskSpec>;
export type TaskSpecInput = z.input<typeof TaskSpec>;

/** What to call a task that was given no name: its skill and command, cut. */
export function taskName({ name, skill, command }: TaskSpec): string {
  return name ?? [skill ?? '', ...command].join(' ').trim().slice(0, 80);
}

/** Why a task is being cancelled; sent just before the cancellation itself. */
export const CancelNote = z.object({ reason: z.string(), by: z.string() });
export type CancelNote = z.infer<typeof CancelNote>;
