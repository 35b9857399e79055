import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { DeliveryError } from '../../http.ts';
import type { LoginIo } from './ask.ts';
import { LogfireLoginError } from './login-error.ts';
import { startDeviceFlow, WAIT_TIMEOUT_MILLIS, waitForUserToken } from './service.ts';
import type { UserToken } from './user-tokens.ts';

/** How patient a log-in is, in ms. */
export interface Patience {
  /** For one question whether the person has agreed; the server holds it for about 10 s. */
  readonly pollMillis: number;
  /** Between two questions: a server that does not hold them is not asked in a loop. */
  readonly pauseMillis: number;
  /** For the person. */
  readonly longestMillis: number;
}

export const PATIENCE: Patience = {
  pollMillis: WAIT_TIMEOUT_MILLIS,
  pauseMillis: 500,
  longestMillis: 15 * 60_000,
};

/** Failures in a row after which the server is held to be gone. */
const MOST_FAILURES = 4;

/**
 * Shows the page on which a person agrees, and waits until they have.
 * @throws LogfireLoginError for a refusal or when time is up, DeliveryError when Logfire cannot be reached
 */
export async function logInByBrowser(
  baseUrl: string,
  io: LoginIo,
  patience: Patience,
): Promise<UserToken> {
  const { deviceCode, authUrl } = await startDeviceFlow(baseUrl, machineName());
  io.write(`Open this page and log in:\n\n  ${authUrl}\n\nWaiting for you to agree there …\n`);
  const end = AbortSignal.timeout(patience.longestMillis);
  for (let failures = 0; !end.aborted; await pause(patience.pauseMillis)) {
    try {
      const token = await waitForUserToken(baseUrl, deviceCode, patience.pollMillis);
      if (token !== undefined) return token;
      failures = 0;
    } catch (error) {
      failures += 1;
      const passes = error instanceof DeliveryError && error.retryable;
      if (!passes || failures >= MOST_FAILURES) throw explain(error, deviceCode);
    }
  }
  const minutes = Math.round(patience.longestMillis / 60_000);
  throw new LogfireLoginError(`Nobody agreed within ${minutes} minutes; log in again.`);
}

const machineName = (): string => hostname() || 'unknown';

/** Whoever knows the code could ask for the token: it stands in the path, and may not stand in a message. */
function explain(error: unknown, deviceCode: string): unknown {
  if (!(error instanceof DeliveryError)) return error;
  if (error.status === 404 || error.status === 410) {
    return new LogfireLoginError('The log-in has expired, or was used already; log in again.');
  }
  if (error.status === 401 || error.status === 403) {
    return new LogfireLoginError('Logfire refuses the log-in; log in again.');
  }
  const message = error.message.replaceAll(encodeURIComponent(deviceCode), '…');
  return new LogfireLoginError(message.replaceAll(deviceCode, '…'));
}
