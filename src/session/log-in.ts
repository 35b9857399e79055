import { type Configuration, optionsOf } from '../config/index.ts';
import type { LoginIo } from '../exporters/logfire/ask.ts';
import { findDestination, ownSurroundings } from '../exporters/logfire/destination.ts';
import { terminalIo } from '../exporters/logfire/terminal.ts';

export type { LoginIo } from '../exporters/logfire/ask.ts';
export { terminalIo } from '../exporters/logfire/terminal.ts';

/**
 * Whether Logfire can be sent to, or somebody can be asked to log in; nothing is asked yet.
 * @throws ConfigurationError that names the variable when neither is so, or for what is not valid
 */
export function checkLogfire(configuration: Configuration, person: LoginIo = terminalIo()): void {
  const found = findDestination(optionsOf(configuration, 'logfire'), ownSurroundings());
  if (found.kind === 'missing' && person.ask === undefined) throw found.error;
}

/** Two trackers in a program that begins ask one after the other: the second one finds the first one's log-in. */
let asking: Promise<unknown> = Promise.resolve();

/**
 * Sees to a write token for Logfire: where there is none the person is asked to log in.
 * @throws LogfireLoginError, DeliveryError or ConfigurationError, each with a message for a person
 */
export function logInFirst(
  configuration: Configuration,
  person: LoginIo = terminalIo(),
): Promise<void> {
  const asked = asking.then(async () => {
    const { ensureLogfireCredentials } = await import('../exporters/logfire/index.ts');
    await ensureLogfireCredentials({ options: optionsOf(configuration, 'logfire'), io: person });
  });
  asking = asked.catch(() => undefined);
  return asked;
}
