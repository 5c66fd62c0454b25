/**
 * Stands for a second for which a task of a schedule is started by hand: of its id there is one only, so no two such tasks
 * get one id. It has nothing to do.
 */
export async function scheduleTrigger(): Promise<void> {}
