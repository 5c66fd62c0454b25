export { fleet } from './fleet.ts';
export { host } from './host.ts';
export { session } from './session.ts';
export { task } from './task.ts';
