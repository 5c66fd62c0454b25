import { z } from 'zod';
import { CLAIM_STANDINGS } from '../client/agent-heartbeat.ts';
import { AGENT_STATUSES } from '../schemas/agent.ts';
import { Drain, HOST_STATUSES, PresenceDetails, Registration } from '../schemas/fleet.ts';
import { ProbeReport } from '../schemas/host-activities.ts';
import { INVITE_STATES } from '../schemas/invite.ts';
import { SessionEvent } from '../schemas/session-event.ts';
import { RegisteredSkill, SkillContents } from '../schemas/skill.ts';
import { ClaimGrant } from '../schemas/task-requests.ts';
import { TASK_STATES, TaskState } from '../schemas/task-state.ts';
import { TaskHistoryEntry, TaskLine, TaskView } from '../schemas/task-view.ts';
import { WAIT_REASONS } from '../schemas/why.ts';

/** What `--json` prints, command by command; docs/cli.md tells it to people. Times are ISO 8601 unless said otherwise. */

export const TaskSubmitJson = z.strictObject({
  id: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  state: TaskState,
  route: z.string(),
  /** A task with this key was there already; nothing was started. */
  existing: z.boolean(),
});
export type TaskSubmitJson = z.infer<typeof TaskSubmitJson>;

/** `task show`, and `task cancel` once it is done. */
export const TaskShowJson = TaskView;
export type TaskShowJson = z.infer<typeof TaskShowJson>;

/** `task claim`, `task next`. `timeoutMs`: how long the agent may be silent before it loses the task. */
export const TaskClaimJson = ClaimGrant.extend({ agent: z.string() });
export type TaskClaimJson = z.infer<typeof TaskClaimJson>;

export const TaskProgressJson = z.strictObject({ id: z.string(), text: z.string(), percent: z.number().nullable() });
export type TaskProgressJson = z.infer<typeof TaskProgressJson>;

export const TaskWhyJson = z.strictObject({
  id: z.string(),
  state: TaskState,
  since: z.string(),
  reason: z.enum(WAIT_REASONS),
  sentence: z.string(),
  requires: z.array(z.strictObject({ tag: z.string(), hosts: z.array(z.string()), nearest: z.array(z.string()) })),
  hosts: z.array(
    z.strictObject({
      name: z.string(),
      status: z.enum(HOST_STATUSES),
      missing: z.array(z.string()),
      reserved: z.array(z.string()),
      preferred: z.array(z.string()),
    }),
  ),
  prefers: z.array(z.string()),
  ladder: z.array(
    z.strictObject({ requires: z.array(z.string()), at: z.string().nullable(), hosts: z.array(z.string()) }),
  ),
  pinnedTo: z.string().nullable(),
  limit: z
    .strictObject({
      key: z.string(),
      max: z.int(),
      holders: z.array(z.string()),
      waiting: z.int(),
      position: z.int().nullable(),
    })
    .nullable(),
  assignedTo: z.string().nullable(),
  retryAt: z.string().nullable(),
});
export type TaskWhyJson = z.infer<typeof TaskWhyJson>;

export const TaskListJson = z.strictObject({ tasks: z.array(TaskLine.strict()), nextCursor: z.string().nullable() });
export type TaskListJson = z.infer<typeof TaskListJson>;

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

/** A line of `task logs`. */
export const LogLineJson = z.strictObject({ attempt: z.int(), event: SessionEvent });
export type LogLineJson = z.infer<typeof LogLineJson>;

/** A line of `task watch` and `task submit --wait`: what it tells is known by its key. The last one is `task`. */
export const WatchLineJson = z.union([
  z.strictObject({ submitted: TaskSubmitJson }),
  z.strictObject({ history: TaskHistoryEntry }),
  z.strictObject({ why: TaskWhyJson }),
  LogLineJson,
  z.strictObject({ task: TaskView }),
]);
export type WatchLineJson = z.infer<typeof WatchLineJson>;

export const HostJson = z.strictObject({
  name: z.string(),
  status: z.enum(HOST_STATUSES),
  since: z.string(),
  reason: z.string(),
  drain: Drain.nullable(),
  capabilities: z.array(z.string()),
  reserve: z.array(z.string()),
  slots: z.strictObject({ total: z.int(), used: z.int() }),
  lastSeenAt: z.string().nullable(),
  running: PresenceDetails.shape.running,
  version: z.string(),
  os: z.string(),
});
/** `host drain`, `host resume`, `host expect`, and `host forget` as it was before. */
export type HostJson = z.infer<typeof HostJson>;

export const HostListJson = z.strictObject({ hosts: z.array(HostJson) });
export type HostListJson = z.infer<typeof HostListJson>;

export const HostShowJson = HostJson.extend({ registration: Registration.nullable() });
export type HostShowJson = z.infer<typeof HostShowJson>;

export const HostMatrixJson = z.strictObject({
  hosts: z.array(
    HostJson.pick({ name: true, status: true, capabilities: true, reserve: true, version: true, os: true }).extend({
      node: z.string(),
      findings: Registration.shape.findings,
    }),
  ),
});
export type HostMatrixJson = z.infer<typeof HostMatrixJson>;

const DiffedHost = z.strictObject({ name: z.string(), capabilities: z.array(z.string()) });
const DiffedTag = z.strictObject({ tag: z.string(), how: z.string() });

export const HostDiffJson = z.strictObject({
  /** The file compared with, and when it was written. */
  file: z.string(),
  savedAt: z.string(),
  new: z.array(DiffedHost),
  gone: z.array(DiffedHost),
  changed: z.array(
    z.strictObject({
      name: z.string(),
      gained: z.array(DiffedTag),
      lost: z.array(DiffedTag),
      versions: z.array(z.strictObject({ what: z.string(), from: z.string(), to: z.string() })),
    }),
  ),
});
export type HostDiffJson = z.infer<typeof HostDiffJson>;

/** `host`: the name that was asked for; null for this machine. */
export const HostProbeJson = ProbeReport.extend({ host: z.string().nullable() });
export type HostProbeJson = z.infer<typeof HostProbeJson>;

const InviteJson = z.strictObject({
  id: z.string(),
  name: z.string().nullable(),
  state: z.enum(INVITE_STATES),
  createdAt: z.string(),
  expiresAt: z.string(),
  by: z.string(),
  uses: z.strictObject({ total: z.int(), left: z.int() }),
  /** Wrong guesses so far. */
  wrong: z.int(),
  joined: z.array(z.strictObject({ name: z.string(), at: z.string() })),
});
/** `command`: what to run on the new machine. `guessed`: its address is this machine's name, for want of a better one. */
export const HostInviteJson = InviteJson.extend({
  code: z.string(),
  command: z.array(z.string()),
  guessed: z.boolean(),
});
export type HostInviteJson = z.infer<typeof HostInviteJson>;

export const HostInvitesJson = z.strictObject({ invites: z.array(InviteJson) });
export type HostInvitesJson = z.infer<typeof HostInvitesJson>;

/** `ok`: looked at, and right. `done`: changed. `kept`: there was nothing to change. `skipped`: not asked for, or not yet due. */
const StepJson = z.strictObject({
  step: z.string(),
  status: z.enum(['ok', 'done', 'kept', 'skipped']),
  detail: z.string(),
});
/** `start`: what to run where no service was installed. `task`: the one that ran here and came back, if any did. */
export const OnboardJson = z.strictObject({
  name: z.string(),
  address: z.string(),
  namespace: z.string(),
  home: z.string(),
  user: z.string(),
  service: z.string().nullable(),
  start: z.array(z.string()).nullable(),
  task: z.string().nullable(),
  steps: z.array(StepJson),
});
export type OnboardJson = z.infer<typeof OnboardJson>;

/** Modes as in `ls`, in octal digits. `content` is null for what is written as it goes. */
export const OnboardPrintJson = z.strictObject({
  name: z.string(),
  user: z.string(),
  folders: z.array(z.strictObject({ path: z.string(), mode: z.string(), owner: z.string() })),
  files: z.array(
    z.strictObject({
      path: z.string(),
      mode: z.string(),
      owner: z.string(),
      about: z.string(),
      content: z.string().nullable(),
    }),
  ),
  commands: z.array(z.strictObject({ command: z.array(z.string()), about: z.string() })),
  start: z.array(z.string()).nullable(),
});
export type OnboardPrintJson = z.infer<typeof OnboardPrintJson>;

/** `left`: what is still in the home folder, because onboarding did not make it. */
export const OffboardJson = z.strictObject({
  name: z.string(),
  home: z.string(),
  removed: z.array(z.string()),
  left: z.array(z.string()),
  steps: z.array(StepJson),
});
export type OffboardJson = z.infer<typeof OffboardJson>;
const LostClaimJson = z.strictObject({ taskId: z.string(), attempt: z.int(), at: z.string(), reason: z.string() });

/** `agent show`, `agent status`. */
export const AgentJson = z.strictObject({
  name: z.string(),
  status: z.enum(AGENT_STATUSES),
  why: z.string(),
  since: z.string(),
  registeredAt: z.string().nullable(),
  lastSeenAt: z.string(),
  host: z.string().nullable(),
  runtime: z.string().nullable(),
  capabilities: z.array(z.string()),
  tags: z.array(z.string()),
  timeoutMs: z.number(),
  tasks: z.int(),
  claims: z.array(z.strictObject({ taskId: z.string(), attempt: z.int(), since: z.string() })),
  lost: z.array(LostClaimJson),
});
export type AgentJson = z.infer<typeof AgentJson>;

export const AgentListJson = z.strictObject({ agents: z.array(AgentJson) });
export type AgentListJson = z.infer<typeof AgentListJson>;

/** `token`: null when the one that the agent has goes on to hold. `tokenFile`: where it is kept; null when nowhere. */
export const AgentRegisterJson = z.strictObject({
  agent: AgentJson,
  token: z.string().nullable(),
  tokenFile: z.string().nullable(),
});
export type AgentRegisterJson = z.infer<typeof AgentRegisterJson>;

export const AgentTokenJson = z.strictObject({
  name: z.string(),
  token: z.string(),
  tokenFile: z.string().nullable(),
});
export type AgentTokenJson = z.infer<typeof AgentTokenJson>;

/** `agent heartbeat`; with `--watch` a line for each. */
export const AgentHeartbeatJson = z.strictObject({
  name: z.string(),
  status: z.enum(AGENT_STATUSES),
  returned: z.boolean(),
  timeoutMs: z.number(),
  claims: z.array(
    z.strictObject({
      taskId: z.string(),
      attempt: z.int(),
      since: z.string(),
      standing: z.enum(CLAIM_STANDINGS),
    }),
  ),
  lost: z.array(LostClaimJson),
});
export type AgentHeartbeatJson = z.infer<typeof AgentHeartbeatJson>;

export const AgentUnregisterJson = z.strictObject({ name: z.string(), givenBack: z.array(z.string()) });
export type AgentUnregisterJson = z.infer<typeof AgentUnregisterJson>;

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

const SkillJson = SkillContents.extend({
  source: z.enum(['registered', 'shipped']),
  registeredBy: z.string().nullable(),
  registeredAt: z.string().nullable(),
}).strict();

export const SkillListJson = z.strictObject({ skills: z.array(SkillJson) });
export type SkillListJson = z.infer<typeof SkillListJson>;

export const SkillShowJson = SkillJson.extend({
  instructions: z.string(),
  fileList: z.array(z.strictObject({ path: z.string(), bytes: z.int(), executable: z.boolean() })),
});
export type SkillShowJson = z.infer<typeof SkillShowJson>;

/** `replaced`: digest of the content that had the name before. */
export const SkillRegisterJson = z.strictObject({
  skill: RegisteredSkill.strict(),
  changed: z.boolean(),
  replaced: z.string().nullable(),
});
export type SkillRegisterJson = z.infer<typeof SkillRegisterJson>;

export const SkillRemoveJson = SkillJson;
export type SkillRemoveJson = z.infer<typeof SkillRemoveJson>;

/** On stderr. */
export const ErrorJson = z.strictObject({
  error: z.strictObject({
    code: z.enum(['failed', 'invalid', 'not-found', 'refused', 'unreachable']),
    message: z.string(),
    hint: z.string().nullable(),
  }),
});
export type ErrorJson = z.infer<typeof ErrorJson>;
