import type { AgentState } from '../schemas/agent.ts';
import { agentStatus } from './rules.ts';

/** An agent as Temporal's Web UI shows it under "current details". */
export function agentDetails(state: AgentState): string {
  const { registration, claims } = state;
  const lines = [`**${agentStatus(state)}** since ${state.since}`, ''];
  if (registration !== null) {
    const { capabilities, host, runtime, timeoutMs } = registration;
    lines.push(
      `- tags: ${capabilities.join(', ') || 'none of its own'}${host === null ? '' : `, and those of ${host}`}`,
    );
    lines.push(`- runtime: ${runtime ?? 'not said'}; stale after ${timeoutMs / 1000} s of silence`);
  }
  for (const { taskId, attempt, at } of claims) lines.push(`- holds ${taskId}, attempt ${attempt}, since ${at}`);
  return lines.join('\n');
}
