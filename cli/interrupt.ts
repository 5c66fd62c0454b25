/** Signals' numbers, for the exit code that a shell expects of a program they end. */
const NUMBERS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/** While `work` runs, an interrupt says `note` on stderr and leaves; nothing that was started is undone. */
export async function leaveOnInterrupt<T>(note: string, work: () => Promise<T>): Promise<T> {
  const signals = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];
  const leave = (signal: NodeJS.Signals) => {
    process.stderr.write(`\n${note}\n`);
    process.exit(128 + NUMBERS[signal as keyof typeof NUMBERS]);
  };
  for (const signal of signals) process.once(signal, leave);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.removeListener(signal, leave);
  }
}

/**
 * While `work` runs, a first interrupt aborts its signal, so that it can end in order; a second one leaves at once.
 * `exitCode`: what a shell expects of a program that was interrupted, null when it was not.
 */
export async function stopOnInterrupt<T>(
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ result: T; exitCode: number | null }> {
  const controller = new AbortController();
  let exitCode: number | null = null;
  const signals = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];
  const stop = (signal: NodeJS.Signals) => {
    if (exitCode !== null) process.exit(exitCode);
    exitCode = 128 + NUMBERS[signal as keyof typeof NUMBERS];
    controller.abort();
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    const result = await work(controller.signal);
    return { result, exitCode };
  } finally {
    for (const signal of signals) process.removeListener(signal, stop);
  }
}
