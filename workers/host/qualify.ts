import { RunAgentInput } from '../../schemas/host-activities.ts';
import { lacking, mayServe } from '../../schemas/serving.ts';
import type { RoutePoolOptions } from './polling/pool-options.ts';

/** Checks each task once more when it arrives, since a tag may have gone meanwhile: says why the host may not run it. */
export function qualifier(
  offering: () => Parameters<typeof mayServe>[1] & { name: string },
): RoutePoolOptions['qualifies'] {
  return (route, task) => {
    const host = offering();
    const input = RunAgentInput.safeParse(task.input[0]);
    const demand = input.success ? { ...route, tags: input.data.requires, or: input.data.alternatives } : route;
    if (mayServe(demand, host)) return null;
    const missing = lacking(demand, host);
    return missing.length > 0
      ? `${host.name} has no ${missing.join(', ')} now`
      : `${host.name} keeps itself for other tasks`;
  };
}
