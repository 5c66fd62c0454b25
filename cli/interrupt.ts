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
