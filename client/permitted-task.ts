import type { Client } from '@temporalio/client';
import type { TaskView } from '../schemas/task-view.ts';
import { authorize, type Principal, type TaskAction } from './permissions.ts';
import { showTask } from './show.ts';

/** The task, if the principal may do this to it. Throws `not-found`, `refused` saying whose it is. */
export async function permittedTask(
  client: Client,
  principal: Principal,
  action: TaskAction,
  id: string,
): Promise<TaskView> {
  const view = await showTask(client, id);
  authorize(principal, action, view);
  return view;
}
