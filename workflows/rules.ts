/**
 * All that workflows take from schemas/, as functions and plain values. The build bundles this module by itself and the
 * worker evaluates it once for all workflows (scripts/bundle-workflows.mjs): each workflow would otherwise make every zod
 * schema anew, which cost 19 of the 35 ms of processor time that the control worker spent on a short task. The SDK
 * freezes what is shared, and zod's schemas change themselves on first use, so they stay closed over here.
 */
import { z } from 'zod';
import { Draining, FleetHost, Registration, Route } from '../schemas/fleet.ts';
import { Claim } from '../schemas/host-activities.ts';
import { parseOrThrow } from '../schemas/parse.ts';
import { AttemptResult, CancelNote, TaskSpec } from '../schemas/task.ts';

export { FAILURES } from '../schemas/failures.ts';
export { PROTOCOL } from '../schemas/fleet.ts';
export { FLEET_ID, hostQueue, taskIdOf, taskKeyOf } from '../schemas/names.ts';
export { InvalidInput } from '../schemas/parse.ts';
export { isQualified } from '../schemas/tags.ts';
export { taskName } from '../schemas/task.ts';
export { canTransition, isTerminal, isWaiting } from '../schemas/task-state.ts';
export { routeVerdict } from '../schemas/verdict.ts';

/** Reads a value from outside, or throws InvalidInput that names the fields. */
export type Reader<T> = (value: unknown) => T;

function reader<T extends z.ZodType>(schema: T, what: string): Reader<z.output<T>> {
  return (value) => parseOrThrow(schema, value, what);
}

export const readTaskSpec = reader(TaskSpec, 'the task is not valid');
export const readClaim = reader(Claim, 'claim');
export const readCancelNote = reader(CancelNote, 'cancel note');
export const readAttemptResult = reader(AttemptResult, 'result of an attempt');
export const readRoute = reader(Route, 'route');
export const readFleetHost = reader(FleetHost, 'host');
export const readHostName = reader(FleetHost.pick({ name: true }), 'host');
export const readRegistration = reader(Registration, 'registration');
export const readDraining = reader(Draining, 'draining');

/** Events are numbered and otherwise taken as they are: what a newer host adds must not be lost here. */
export const readBatch = reader(
  z.object({ events: z.array(z.looseObject({ n: z.int() })), ended: z.boolean() }),
  'batch',
);
