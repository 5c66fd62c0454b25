import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CATALOG } from '../../cli/catalog.ts';
import { settingsMarkdown } from '../../cli/config/markdown.ts';
import { TaskShowJson, TaskWhyJson } from '../../cli/json-shapes.ts';
import { ERRORS } from '../../client/errors.ts';
import { WAIT_REASONS } from '../../schemas/why.ts';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

it('documents every command, error code and reason for waiting [B5]', () => {
  for (const { path } of CATALOG) expect(page).toContain(`\`${path.join(' ')}`);
  for (const word of [...Object.keys(ERRORS), ...WAIT_REASONS]) expect(page).toContain(`\`${word}\``);
});

it('documents every field of a task and of why it waits [B5]', () => {
  for (const field of [...Object.keys(TaskShowJson.shape), ...Object.keys(TaskWhyJson.shape)]) {
    expect(page).toContain(`"${field}"`);
  }
});

it('documents the settings as the table of settings has them: `colibri config --markdown` prints it [P4]', () => {
  expect(page).toContain(settingsMarkdown());
});
