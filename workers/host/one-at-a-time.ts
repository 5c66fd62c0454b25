/**
 * Makes `act` run never twice at once. Who asks while it runs gets an outcome of the next run, shared by all who ask
 * until that begins: what it finds is never older than the asking.
 */
export function oneAtATime<T>(act: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  const begin = () => {
    next = undefined;
    const run = act();
    running = run;
    return run;
  };
  return () => {
    next ??= running.then(begin, begin);
    return next;
  };
}
