import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentReport } from '../../schemas/attempt.ts';
import type { RunAgentInput } from '../../schemas/host-activities.ts';

/** Largest report that is read. */
const MAX_BYTES = 64 * 1024;

/** What an agent is told in a file, beside its environment: what was asked and answered, and who passed the task on. */
export interface AgentContext {
  path: string;
  /** The answer to its last question, where there is one. */
  answer: string | undefined;
}

/** Writes the file that COLIBRI_CONTEXT names, readable by the owner alone. */
export function writeContext(root: string, input: RunAgentInput, attempt: number): AgentContext {
  const path = join(root, 'context.json');
  const { taskId, questions, handoff } = input;
  writeFileSync(path, `${JSON.stringify({ taskId, attempt, questions, handoff }, null, 2)}\n`, { mode: 0o600 });
  return { path, answer: questions.findLast(({ answer }) => answer !== null)?.answer ?? undefined };
}

/** Where an agent may say how it ended. One of a former life in this folder is removed. */
export function reportPath(root: string): string {
  const path = join(root, 'report.json');
  rmSync(path, { force: true });
  return path;
}

/** What an agent said of its end; of a report that cannot be read, why. Neither where there is none. */
export interface SaidReport {
  report?: AgentReport;
  problem?: string;
}

/** Reads what the agent said of its end. */
export function readReport(path: string): SaidReport {
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) return { problem: `its report has ${size} bytes, more than ${MAX_BYTES}` };
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    return { problem: `its report could not be read: ${(error as Error).message}` };
  }
  try {
    const parsed = AgentReport.safeParse(JSON.parse(text));
    if (parsed.success) return { report: parsed.data };
    const [issue] = parsed.error.issues;
    return { problem: `its report is not valid: ${issue?.path.join('.')}: ${issue?.message}` };
  } catch {
    return { problem: 'its report is no JSON' };
  }
}
