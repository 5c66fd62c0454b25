import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SkillFile } from '../../workers/skill-content/archive.ts';

/** A folder that goes with its test. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'skills-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface SkillSource {
  description?: string;
  requires?: string;
  entry?: string;
  /** Contents by path; those that begin with #! become executable. */
  files?: Readonly<Record<string, string>>;
}

export function skillText(name: string, { description = 'For tests.', requires, entry }: SkillSource): string {
  const metadata = [
    ...(requires === undefined ? [] : [`  colibri-requires: "${requires}"`]),
    ...(entry === undefined ? [] : [`  colibri-entry: "${entry}"`]),
  ];
  const more = metadata.length === 0 ? '' : `metadata:\n${metadata.join('\n')}\n`;
  return `---\nname: ${name}\ndescription: ${description}\n${more}---\n\nDo it well.\n`;
}

/** Writes a skill's folder within another. Returns its path. */
export function writeSkill(within: string, name: string, source: SkillSource = {}): string {
  const folder = join(within, name);
  rmSync(folder, { recursive: true, force: true });
  for (const { path, executable, data } of filesOf(name, source)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), data);
    chmodSync(join(folder, path), executable ? 0o755 : 0o644);
  }
  return folder;
}

/** The files of a skill, as they would be read from its folder. */
export function filesOf(name: string, source: SkillSource = {}): SkillFile[] {
  const all = { 'SKILL.md': skillText(name, source), ...source.files };
  return Object.entries(all).map(([path, text]) => ({
    ...{ path, executable: text.startsWith('#!') },
    data: Buffer.from(text),
  }));
}
