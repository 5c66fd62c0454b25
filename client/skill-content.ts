import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { FLEET_QUEUE, skillPartWorkflowId } from '../schemas/names.ts';
import { InvalidInput, parseOrThrow } from '../schemas/parse.ts';
import { SkillPart, type SkillRef, skillKey } from '../schemas/skill.ts';
import { type OpenedSkill, openSkill, type PackedSkill } from '../workers/skill-content/pack.ts';
import { isNotFound } from './grpc-error.ts';
import { runInput } from './run-input.ts';

/**
 * Puts content on the server, each part as the input of a workflow that keeps it, and reads it back. Parts that are there
 * stay: an upload that was cut off is completed. Where what is there is not what it should be, it is replaced.
 */
export async function uploadSkill(client: Client, packed: PackedSkill): Promise<void> {
  await putParts(client, packed, 'USE_EXISTING');
  try {
    await fetchSkill(client, packed.contents);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    await putParts(client, packed, 'TERMINATE_EXISTING');
    await fetchSkill(client, packed.contents);
  }
}

/**
 * Reads content and checks it. It comes from the history that the server keeps, so that no worker need be there to answer.
 * Throws InvalidInput when it is missing or not what its digest says.
 */
export async function fetchSkill(client: Client, ref: SkillRef): Promise<OpenedSkill> {
  const first = await readPart(client, ref, 0);
  const others = Array.from({ length: first.parts - 1 }, (_, at) => readPart(client, ref, at + 1));
  const parts = [first, ...(await Promise.all(others))];
  return openSkill(
    ref,
    parts.map(({ data }) => Buffer.from(data, 'base64')),
  );
}

async function putParts(
  client: Client,
  { contents: { name, digest }, parts }: PackedSkill,
  workflowIdConflictPolicy: 'USE_EXISTING' | 'TERMINATE_EXISTING',
): Promise<void> {
  for (const [index, data] of parts.entries()) {
    const part: SkillPart = { name, digest, index, parts: parts.length, data: data.toString('base64') };
    await client.workflow.start('skillContent', {
      workflowId: skillPartWorkflowId(skillKey(part), index),
      taskQueue: FLEET_QUEUE,
      args: [part],
      workflowIdConflictPolicy,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: `part ${index + 1} of ${parts.length} of the skill ${name}`,
    });
  }
}

async function readPart(client: Client, ref: SkillRef, index: number): Promise<SkillPart> {
  const what = `part ${index + 1} of the skill ${ref.name}`;
  let first: unknown;
  try {
    [first] = await runInput(client, { workflowId: skillPartWorkflowId(skillKey(ref), index) });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError) && !isNotFound(error)) throw error;
    throw new InvalidInput(what, [{ field: '', message: 'is not on the server' }]);
  }
  const part = parseOrThrow(SkillPart, first, what);
  if (part.name !== ref.name || part.digest !== ref.digest || part.index !== index || index >= part.parts)
    throw new InvalidInput(what, [{ field: '', message: 'is another than it should be' }]);
  return part;
}
