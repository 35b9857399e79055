/** What could not be sent, in files, until it can be. */
export { type Outbox, openOutbox, type SendBounds, urgencyOf } from './spool/outbox.ts';
