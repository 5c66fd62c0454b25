// Says what the set-up is doing, on stderr so that a command's own output stays clean. On a terminal one line is kept
// up to date; elsewhere a plain line now and then shows that nothing hangs.
const PLAIN_EVERY_MS = 15_000;
const FRAMES = ['|', '/', '-', '\\'];

/** @param {number} sinceMs */
function elapsed(sinceMs) {
  const seconds = Math.round((Date.now() - sinceMs) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** @typedef {{ note: (line: string) => void, step: <T>(title: string, work: (update: (detail: string) => void) => Promise<T>) => Promise<T> }} Progress */

/**
 * @param {NodeJS.WriteStream} [out]
 * @returns {Progress}
 */
export function createProgress(out = process.stderr) {
  const live = Boolean(out.isTTY);
  /** @param {string} line */
  const note = (line) => void out.write(`${live ? '\r\x1b[2K' : ''}  ${line}\n`);
  return {
    note,
    async step(title, work) {
      const since = Date.now();
      let detail = '';
      let frame = 0;
      const draw = () => {
        const text = `${title} (${[detail, elapsed(since)].filter(Boolean).join(', ')})`;
        if (live) out.write(`\r\x1b[2K${FRAMES[frame++ % FRAMES.length]} ${text}`.slice(0, (out.columns ?? 80) + 4));
        else note(`${text} ...`);
      };
      if (!live) note(`${title} ...`);
      const timer = setInterval(draw, live ? 200 : PLAIN_EVERY_MS);
      try {
        const result = await work((text) => {
          detail = text;
        });
        clearInterval(timer);
        note(`${title}: done (${elapsed(since)})`);
        return result;
      } catch (error) {
        clearInterval(timer);
        note(`${title}: failed (${elapsed(since)})`);
        throw error;
      }
    },
  };
}

/** For callers that want no output. @type {Progress} */
export const silentProgress = { note: () => {}, step: (_title, work) => work(() => {}) };
