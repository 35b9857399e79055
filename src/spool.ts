/** What could not be sent, in files, until it can be. */
export { type Outbox, openOutbox, type SendBounds, type Urgency } from './spool/outbox.ts';
