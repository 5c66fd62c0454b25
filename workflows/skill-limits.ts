/** What all registered skills may take up as JSON: they go whole to the next run and to whoever asks. Room for some 900. */
export const MAX_SKILLS_BYTES = 700_000;

/** Types of the failures with which the registry of skills refuses. */
export const NO_SUCH_SKILL = 'NoSuchSkill';
export const TOO_MANY_SKILLS = 'TooManySkills';
