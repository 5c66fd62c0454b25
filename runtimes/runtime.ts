import type { RunAgentInput } from '../schemas/host-activities.ts';
import type { Skill } from '../workers/skills.ts';

/** What a runtime is given to prepare a launch. */
export interface LaunchContext {
  input: RunAgentInput;
  /** The skill the task names, as this host has it. */
  skill: Skill | null;
}

/** A process to start. */
export interface Launch {
  command: string[];
}

/** One kind of agent: how a task of its kind becomes a process. Adding one is adding one file and one line in the map. */
export interface Runtime {
  readonly name: string;
  prepare(context: LaunchContext): Launch;
}
