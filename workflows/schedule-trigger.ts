/** Stands for what only one may have who tells a schedule something: of its id there is one only. It has nothing to do. */
export async function scheduleTrigger(): Promise<void> {}
