import { randomUUID } from 'node:crypto';
import { type Client, WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Registration } from '../../schemas/fleet.ts';
import { FLEET_QUEUE, hostWorkflowId } from '../../schemas/names.ts';
import type { HostState } from '../../workflows/host.ts';
import { HELD_BEFORE_REBOOT, refresh, register } from '../../workflows/messages.ts';
import { bootClockMs } from '../boot-clock.ts';
import { backoffMs, pause } from './polling/backoff.ts';
import type { PollLog } from './polling/types.ts';

/** The fleet refuses this worker, and will refuse it again: its message says what to do. */
export class RegistrationRefused extends Error {
  override readonly name = 'RegistrationRefused';
}

/** After a reboot the lease of the former life may have to run out first; so much longer than that is waited. */
const REBOOT_SLACK_MS = 10_000;
const REBOOT_LOOK_MS = 1_000;
/** One try; the control worker may be away. */
const TRY_MS = 10_000;

/**
 * Registers the host, once, with as many tries as it takes to be answered or until `signal` aborts. All that changes of
 * the host meanwhile is to be told afterwards. Throws {@link RegistrationRefused}.
 */
export async function registerHost(
  client: Client,
  registration: Registration,
  signal: AbortSignal,
  log: PollLog,
): Promise<void> {
  const state: HostState = {
    name: registration.name,
    registration: null,
    status: 'offline',
    since: new Date().toISOString(),
    draining: false,
  };
  // The server joins a further try to the first, which it still has. As updates of their own all of them would wait there
  // for the control worker, and each would end the presence that the one before it brought.
  const updateId = randomUUID();
  let heldUntil: number | undefined;
  for (let tries = 1; !signal.aborted; tries += 1) {
    try {
      await client.withDeadline(Date.now() + TRY_MS, () =>
        client.workflow.executeUpdateWithStart(register, {
          args: [registration],
          updateId,
          startWorkflowOperation: new WithStartWorkflowOperation('host', {
            workflowId: hostWorkflowId(registration.name),
            taskQueue: FLEET_QUEUE,
            args: [state],
            workflowIdConflictPolicy: 'USE_EXISTING',
            staticSummary: `host ${registration.name}`,
          }),
        }),
      );
      return;
    } catch (error) {
      if (isHeldBeforeReboot(error) && bootClockMs() < (heldUntil ?? Number.POSITIVE_INFINITY)) {
        if (heldUntil === undefined) {
          log.warn({ reason: refusalOf(error) }, 'waiting for a lease, in case that was before a reboot');
          heldUntil = bootClockMs() + registration.leaseMs + REBOOT_SLACK_MS;
        }
        await pause(REBOOT_LOOK_MS, signal);
        continue;
      }
      if (error instanceof WorkflowUpdateFailedError && !isCutShort(error)) {
        throw new RegistrationRefused(refusalOf(error), { cause: error });
      }
      if (tries === 1)
        log.warn({ error: (error as Error).message }, 'the control worker does not answer yet; waiting to register');
      await pause(backoffMs(tries), signal);
    }
  }
}

/** Tells the fleet what changed of a host that is registered. */
export async function refreshHost(client: Client, registration: Registration): Promise<void> {
  await client.withDeadline(Date.now() + TRY_MS, () =>
    client.workflow.getHandle(hostWorkflowId(registration.name)).executeUpdate(refresh, { args: [registration] }),
  );
}

/** The holder may be this very host before it was started anew, whose lease then runs out; a clone goes on. */
function isHeldBeforeReboot(error: unknown): error is WorkflowUpdateFailedError {
  if (!(error instanceof WorkflowUpdateFailedError)) return false;
  return error.cause instanceof ApplicationFailure && error.cause.type === HELD_BEFORE_REBOOT;
}

/** The host's workflow was ended, by someone, before it had taken the registration: another try starts it anew. */
function isCutShort({ cause }: WorkflowUpdateFailedError): boolean {
  return cause instanceof ApplicationFailure && cause.type === 'AcceptedUpdateCompletedWorkflow';
}

function refusalOf(error: WorkflowUpdateFailedError): string {
  return error.cause instanceof ApplicationFailure ? error.cause.message : error.message;
}
