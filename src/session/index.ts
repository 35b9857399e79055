export { type LoginIo, logInFirst, terminalIo } from './log-in.ts';
export { type OtelSettings, readOtelSettings } from './otel-env.ts';
export { chosenOutputs, openOutput } from './outputs.ts';
export { type Ended, type Session, startSession } from './session.ts';
