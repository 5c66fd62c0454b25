import { Context } from '@temporalio/activity';
import { ApplicationFailure, type Client, WorkflowNotFoundError } from '@temporalio/client';
import { fetchSkill } from '../client/skill-content.ts';
import { SKILLS_ID, skillKeyOfPart } from '../schemas/names.ts';
import { InvalidInput } from '../schemas/parse.ts';
import { releaseContent, skillsView } from '../workflows/messages.ts';
import type { ControlActivities } from './control-activities.ts';

type SkillActivities = Pick<ControlActivities, 'inspectSkill' | 'formerSkills' | 'sweepSkills'>;

const PAGE_SIZE = 1_000;

/** What the registry of skills asks of the server. */
export function skillActivities(client: Client): SkillActivities {
  return {
    async inspectSkill(ref) {
      try {
        return (await fetchSkill(client, ref)).contents;
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
        throw ApplicationFailure.create({ type: 'invalid', message: error.message, nonRetryable: true });
      }
    },

    async formerSkills({ runIds }) {
      const query = `WorkflowType = 'skills' AND WorkflowId = '${SKILLS_ID}' AND ExecutionStatus != 'Running'`;
      // The list begins with the run that ended last.
      for await (const { runId, status } of client.workflow.list({ query })) {
        if (runIds.includes(runId) || status.name === 'CONTINUED_AS_NEW') continue;
        return client.workflow.getHandle(SKILLS_ID, runId).query(skillsView);
      }
      return { skills: [] };
    },

    async sweepSkills({ keep, before }) {
      const kept = new Set(keep);
      const needed = new Map<string, boolean>();
      const started = new Date(before).toISOString();
      const query = `WorkflowType = 'skillContent' AND ExecutionStatus = 'Running' AND StartTime < '${started}'`;
      let released = 0;
      for await (const { workflowId } of client.workflow.list({ query, pageSize: PAGE_SIZE })) {
        Context.current().heartbeat();
        const key = skillKeyOfPart(workflowId);
        if (key === undefined || kept.has(key)) continue;
        if (!needed.has(key)) needed.set(key, await openTasksNeed(key));
        if (needed.get(key)) continue;
        await client.workflow.getHandle(workflowId).signal(releaseContent).catch(ifGone);
        released += 1;
      }
      return { released };
    },
  };

  async function openTasksNeed(key: string): Promise<boolean> {
    const { count } = await client.workflow.count(
      `WorkflowType = 'task' AND ExecutionStatus = 'Running' AND ColibriSkill = '${key}'`,
    );
    return count > 0;
  }
}

function ifGone(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
