import { describe, expect, it } from 'vitest';
import { fitted } from '../../cli/help.ts';

describe('notes below the help of a command', () => {
  it('are broken anew, paragraph by paragraph, where they are too wide [B5]', () => {
    const text = '\nOne two three four\nfive.\n\nSix seven.\n';
    expect(fitted(text, 12)).toBe('\nOne two\nthree four\nfive.\n\nSix seven.\n');
    expect(fitted(text, 40)).toBe(text);
  });

  it('keep examples and columns as they are [B5]', () => {
    const text = 'Like this:\n  colibri task submit -- a long line\nname   what it means to you\n';
    expect(fitted(text, 16)).toBe(text);
  });
});
