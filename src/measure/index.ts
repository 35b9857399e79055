export type { Run } from './run.ts';
export { startRun } from './run.ts';
export { type Setup, sharedLocalHost } from './share.ts';
export type { Log } from './slot.ts';
export type * from './snapshot.ts';
