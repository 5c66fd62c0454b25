/** What `--json` prints, command by command; docs/cli.md tells it to people. Times are ISO 8601 unless said otherwise. */

export * from './json-shapes/agent.ts';
export * from './json-shapes/host.ts';
export * from './json-shapes/installation.ts';
export * from './json-shapes/intake.ts';
export * from './json-shapes/onboard.ts';
export * from './json-shapes/plan.ts';
export * from './json-shapes/schedule.ts';
export * from './json-shapes/skill.ts';
export * from './json-shapes/task.ts';
