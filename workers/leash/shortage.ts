const SHORTAGES = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/**
 * Whether a file could not be read because the machine, or this process, is short of descriptors or memory: that says
 * nothing about what the file stands for, least of all that it is gone.
 */
export function isShortage(error: unknown): boolean {
  return SHORTAGES.has((error as NodeJS.ErrnoException).code ?? '');
}
