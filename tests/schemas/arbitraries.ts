import fc from 'fast-check';
import { HOST_STATUSES } from '../../schemas/fleet.ts';
import { VOCABULARY_TAGS } from '../../schemas/tags.ts';

/** A tag as normalised: any of the vocabulary, or any other that is allowed. */
export const tag = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...VOCABULARY_TAGS) },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-z0-9.+_-]{1,64}$/) },
);

export const tagSet = fc.uniqueArray(tag, { maxLength: 32 }).map((tags) => [...tags].sort());

/** Few tags of few, so that sets often contain one another. */
export const crowdedTagSet = fc.uniqueArray(fc.constantFrom('linux', 'docker', 'gpu', 'node24', 'gui'), {
  maxLength: 4,
});

export const whyHosts = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^host-[a-z]{1,6}$/),
    status: fc.constantFrom(...HOST_STATUSES),
    capabilities: crowdedTagSet,
  }),
  { selector: (host) => host.name, maxLength: 8 },
);
