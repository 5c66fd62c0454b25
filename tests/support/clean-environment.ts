/** What the machine that tests run on has set must not decide how they end. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = /^(COLIBRI_(TEMPORAL_CLI|CACHE|TEST_RUN)|(?!COLIBRI_|TEMPORAL_).*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => kept.test(name)));
}
