/**
 * A schedule that is started by hand: what stands for the second.
 * @param {import('./recorder.mjs').Recorder} recorder
 */
export async function recordSchedule({ colibri, workflow, save }) {
  await colibri.schedules.create({ name: 'hourly', every: '1h', task: { command: ['true'], requires: ['nowhere'] } });
  const { taskId } = await colibri.schedules.trigger('hourly');
  const trigger = workflow.getHandle(`trigger/${taskId}`);
  await trigger.result();
  await save('schedule-trigger', trigger.workflowId);
  await colibri.cancel(taskId);
  await colibri.schedules.delete('hourly');
}
