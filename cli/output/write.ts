/** Writes to stdout, and waits while its reader is slow, so that output never piles up in memory. */
export function out(text: string): Promise<void> {
  return write(process.stdout, text);
}

/** Writes to stderr, likewise. */
export function err(text: string): Promise<void> {
  return write(process.stderr, text);
}

/** One JSON document, or one line of many, on stdout. */
export function printJson<T>(value: T): Promise<void> {
  return out(`${JSON.stringify(value)}\n`);
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (text === '' || stream.write(text)) resolve();
    else stream.once('drain', resolve);
  });
}

/** A reader that goes away (`| head`) has seen enough: that is no error. */
export function leaveQuietlyOnEpipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  // Nobody is left to be told.
  process.stderr.on('error', () => {});
}
