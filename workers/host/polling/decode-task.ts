import type { LoadedDataConverter, SerializationContext } from '@temporalio/common';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import type { ActivityTask } from './types.ts';

type PollResponse = temporal.api.workflowservice.v1.IPollActivityTaskQueueResponse;

/** What the server assumes when a task names no priority. */
export const DEFAULT_PRIORITY = 3;

/**
 * The polled task with its payloads decoded.
 * @throws what the converter or a codec throws on payloads it cannot read.
 */
export async function decodeTask(
  converter: LoadedDataConverter,
  namespace: string,
  queue: string,
  polled: PollResponse,
): Promise<ActivityTask> {
  const token = polled.taskToken ?? new Uint8Array();
  const workflowId = polled.workflowExecution?.workflowId ?? '';
  const activityId = polled.activityId ?? '';
  const serializationContext: SerializationContext = {
    type: 'activity',
    namespace,
    workflowId,
    activityId,
    isLocal: false,
  };
  const [input, details] = await Promise.all([
    decodeArrayFromPayloads(converter, polled.input?.payloads, serializationContext),
    decodeArrayFromPayloads(converter, polled.heartbeatDetails?.payloads, serializationContext),
  ]);
  return {
    token,
    tokenText: Buffer.from(token).toString('base64'),
    queue,
    activityType: polled.activityType?.name ?? '',
    activityId,
    workflowId,
    runId: polled.workflowExecution?.runId ?? '',
    workflowType: polled.workflowType?.name ?? '',
    attempt: polled.attempt ?? 1,
    input,
    heartbeatDetails: details[0],
    heartbeatTimeoutMs: optionalTsToMs(polled.heartbeatTimeout) ?? 0,
    startToCloseTimeoutMs: optionalTsToMs(polled.startToCloseTimeout) ?? 0,
    scheduledAt: optionalTsToMs(polled.scheduledTime) ?? Date.now(),
    startedAt: optionalTsToMs(polled.startedTime) ?? Date.now(),
    priorityKey: polled.priority?.priorityKey || DEFAULT_PRIORITY,
    serializationContext,
  };
}
