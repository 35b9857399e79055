export { type OtelSettings, readOtelSettings } from './otel-env.ts';
export { chosenOutputs, openOutputs } from './outputs.ts';
export { type Ended, type Session, startSession } from './session.ts';
