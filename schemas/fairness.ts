/** The longest fairness key that Temporal takes, in bytes. */
const MAX_KEY_BYTES = 64;

/**
 * To whose share a task counts when several wait for the same hosts: its project, else who submitted it. Null: nobody's.
 * `weights`: shares other than 1.
 */
export function fairnessOf(
  task: { project: string | null; submitter: string | null },
  weights: Readonly<Record<string, number>>,
): { key: string; weight: number } | null {
  const name = task.project ?? task.submitter;
  if (name === null) return null;
  const weight = Object.hasOwn(weights, name) ? weights[name] : undefined;
  return { key: fitBytes(name), weight: weight ?? 1 };
}

function fitBytes(text: string): string {
  let key = text;
  while (new TextEncoder().encode(key).length > MAX_KEY_BYTES) key = [...key].slice(0, -1).join('');
  return key;
}
