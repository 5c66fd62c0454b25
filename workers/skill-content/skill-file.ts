import { parse } from 'yaml';
import { nearest } from '../../schemas/nearest.ts';
import { InvalidInput, parseOrThrow } from '../../schemas/parse.ts';
import { SKILL_LIMITS, SkillManifest } from '../../schemas/skill.ts';

/** The file that makes a folder a skill. */
export const SKILL_FILE = 'SKILL.md';

/** What a SKILL.md says: its head, and its body, which is for the agent. */
export interface SkillText {
  manifest: SkillManifest;
  instructions: string;
}

/** The fields that the format knows. */
const FIELDS = new Set(['name', 'description', 'license', 'compatibility', 'metadata', 'allowed-tools']);

/** Reads the text of a SKILL.md. Throws InvalidInput that begins with `what` and names the field. */
export function parseSkillText(text: string, what: string): SkillText {
  const complain = (message: string) => new InvalidInput(what, [{ field: '', message }]);
  if (text.length > SKILL_LIMITS.headBytes) throw complain('longer than 256 KiB');
  const match = /^\ufeff?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n([\s\S]*))?$/.exec(text);
  if (!match) throw complain('starts with no front matter between --- lines');
  let head: unknown;
  try {
    head = parse(match[1] ?? '');
  } catch (error) {
    throw complain(`its front matter is no YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  const strangers =
    typeof head === 'object' && head !== null ? Object.keys(head).filter((key) => !FIELDS.has(key)) : [];
  if (strangers.length > 0) throw new InvalidInput(what, strangers.slice(0, 20).map(notOfTheFormat));
  return { manifest: parseOrThrow(SkillManifest, head, what), instructions: (match[2] ?? '').trim() };
}

function notOfTheFormat(key: string): { field: string; message: string } {
  const ours = key === 'requires' || key === 'entry' ? `colibri-${key}` : null;
  const near = nearest(key, FIELDS, 1)[0];
  const meant = ours === null ? (near ?? null) : `${ours}" under "metadata`;
  const hint = meant === null ? 'what is your own stands under metadata' : `did you mean "${meant}"?`;
  return { field: key.slice(0, 200), message: `the Agent Skills format has no such field; ${hint}` };
}
