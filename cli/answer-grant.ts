import type { Colibri } from '../client/colibri.ts';
import type { ClaimGrant } from '../schemas/task-requests.ts';
import { type InputsOption, writeInputs } from './inputs-folder.ts';
import type { TaskClaimJson } from './json-shapes.ts';
import { renderGrant } from './output/claim.ts';
import { answer } from './output/print.ts';

/** Tells an agent what it was given, with what its plan hands to it. */
export async function answerGrant(
  colibri: Colibri,
  grant: ClaimGrant & { agent: string },
  options: InputsOption & { json?: true },
): Promise<void> {
  const { taskId, agent } = grant;
  const inputs = await colibri.board.inputs(taskId);
  const mend = `the task is yours all the same: colibri task show ${taskId} --agent ${agent} --inputs DIR`;
  const files = writeInputs(inputs, options, mend);
  await answer<TaskClaimJson>({ ...grant, inputs }, options, (said, context) => renderGrant(said, files, context));
}
