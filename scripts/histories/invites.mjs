/**
 * Invitations: joined by, guessed at, revoked, carried over, and all of that once more.
 * @param {import('./recorder.mjs').Recorder} recorder
 */
export async function recordInvites(recorder) {
  const { colibri, workflow, save } = recorder;
  const by = 'recorder';
  const invite = (/** @type {string | null} */ name, uses = 1) =>
    colibri.invites.create({ name, ttlMs: 3_600_000, uses, by });
  const run = async () => (await workflow.getHandle('invites').describe()).runId;
  const many = await invite(null, 100);
  const named = await invite('otto');
  const revoked = await invite(null);
  const guess = { code: `${many.id}-0000-0000`, name: 'eve', joinId: 'machine-eve', spend: true };
  const join = (/** @type {string} */ name) =>
    colibri.invites.join({ code: many.code, name, joinId: `machine-${name}`, spend: true });
  await colibri.invites.join({ code: named.code, name: 'otto', joinId: 'machine-otto', spend: false });
  await colibri.invites.revoke(revoked.id);
  const first = await run();
  for (let at = 0; (await run()) === first; at += 1) await join(`one-${at}`);
  await colibri.invites.join(guess).catch(() => undefined);
  await colibri.invites.join({ code: named.code, name: 'otto', joinId: 'machine-otto', spend: true });
  await join('two');
  await colibri.invites.revoke(many.id);
  await join('three').catch(() => undefined);
  await save('invites-continued-as-new', 'invites', first);
  await save('invites-continued', 'invites');
}
