/** Whether a version such as `1.30.4` is at least another. What follows a `-` is left out. */
export function atLeast(version: string, floor: string): boolean {
  const parts = (text: string) => (text.replace(/^v/, '').split('-')[0] ?? '').split('.').map(Number);
  const have = parts(version);
  for (const [at, wanted] of parts(floor).entries()) {
    const part = have[at] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}
