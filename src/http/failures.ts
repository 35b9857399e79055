import { type Answer, retryAfterMillis } from './answer.ts';
import type { Exchange } from './attempt.ts';
import { DeliveryError } from './delivery-error.ts';
import { placeOf, withoutSecrets } from './secrets.ts';
import {
  adviceForStatus,
  describeCode,
  isPassingCode,
  isPassingStatus,
  statusLine,
} from './words.ts';

/** A redirect that is not followed. */
export function redirected({ status }: Answer, target: URL, exchange: Exchange): DeliveryError {
  const where = withoutSecrets(placeOf(target), exchange.secrets);
  const why = `${statusLine(status)} to ${where}, which is not followed; if it is right, set the URL to it`;
  return failed(exchange, why, { status, retryable: false });
}

/** An answer that is not what was asked for. */
export function refusal(answer: Answer, exchange: Exchange): DeliveryError {
  const { status, body } = answer;
  const wait = retryAfterMillis(answer.headers);
  const said = withoutSecrets(body, exchange.secrets);
  const parts = [
    statusLine(status),
    adviceForStatus(status),
    wait === undefined ? undefined : `it asks to wait for ${Math.ceil(wait / 1000)} s`,
    said === '' ? undefined : `it says: ${said}`,
  ];
  return failed(exchange, parts.filter((part) => part !== undefined).join('; '), {
    status,
    retryable: isPassingStatus(status),
    retryAfterMillis: wait,
    body,
  });
}

/** The server asks for more patience than there is time: no further try is made. */
export function tooLong(failure: DeliveryError): DeliveryError {
  return new DeliveryError(`${failure.message}; there is no time to wait for that`, failure);
}

/** What happened on the way. */
export function asDeliveryError(error: unknown, exchange: Exchange): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ABORT_ERR') {
    return failed(exchange, 'no answer in time', { code: 'ETIMEDOUT', retryable: true });
  }
  return failed(exchange, describeCode(code), { code, retryable: isPassingCode(code) });
}

/** An error of a request, beginning with method, origin and path. */
export function failed(
  { url, method }: Exchange,
  why: string,
  failure: ConstructorParameters<typeof DeliveryError>[1],
): DeliveryError {
  return new DeliveryError(`${method} ${placeOf(url)}: ${why}`, failure);
}
