export { fleet } from './fleet.ts';
export { host } from './host.ts';
export { invites } from './invites.ts';
export { limit } from './limit.ts';
export { session } from './session.ts';
export { skillContent } from './skill-content.ts';
export { skills } from './skills.ts';
export { task } from './task.ts';
