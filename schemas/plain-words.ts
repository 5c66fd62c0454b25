import type { z } from 'zod';

/** How zod begins a message that the schema did not give. */
const ITS_OWN = /^(Too big|Too small|Invalid (input|option|string|number)\b)/;

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of fields',
  record: 'a map of fields',
};
const UNITS: Readonly<Record<string, string>> = { string: 'characters', array: 'entries', set: 'entries' };

/** What is wrong with a value, in words for people. What a schema itself says stands as it is. */
export function plainWords(issue: z.core.$ZodIssue): string {
  if (!ITS_OWN.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.path.length > 0 && issue.message.endsWith('received undefined')) return 'is missing';
      const wanted = TYPES[issue.expected];
      return wanted === undefined ? issue.message : `must be ${wanted}`;
    }
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${JSON.stringify(issue.values[0])}`
        : `give one of ${issue.values.map(String).join(', ')}`;
    case 'too_big': {
      const unit = UNITS[issue.origin];
      if (unit !== undefined)
        return issue.origin === 'string' ? over('longer than', issue, unit) : over('more than', issue, unit);
      return `must be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`;
    }
    case 'too_small': {
      const unit = UNITS[issue.origin];
      if (unit === undefined) return `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
      return Number(issue.minimum) === 1 ? 'must not be empty' : `needs at least ${issue.minimum} ${unit}`;
    }
    default:
      return issue.message;
  }
}

function over(how: string, { maximum }: { maximum: number | bigint }, unit: string): string {
  return `${how} ${maximum} ${unit}`;
}
