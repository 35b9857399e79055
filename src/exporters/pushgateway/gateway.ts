import { type Answer, DeliveryError, send } from '../../http.ts';
import type { GatewayAddress } from './address.ts';
import { type Group, groupPath } from './group.ts';

/** One group of one gateway. */
export interface Gateway {
  /** Replaces what the group holds. */
  push(text: string): Promise<void>;
  /** Deletes the group. */
  remove(): Promise<void>;
}

/** Bound for one push with all its tries: a gateway that hangs costs this much of a program's end, at most twice. */
const PUSH_MILLIS = 5000;
const RETRIES = 2;

/**
 * A group, by its address.
 * @throws (both methods) Error that says what to do
 */
export function openGroup({ root, headers }: GatewayAddress, group: Group): Gateway {
  const url = root + groupPath(group);
  const ask = async (method: string, retries: number, body?: string): Promise<void> => {
    const type = body === undefined ? {} : { 'content-type': CONTENT_TYPE };
    const request = { url, method, headers: { ...headers, ...type }, timeoutMillis: PUSH_MILLIS };
    try {
      checkAnswer(await send({ ...request, retries, ...(body !== undefined && { body }) }), url);
    } catch (error) {
      throw new Error(withAdvice(error), { cause: error });
    }
  };
  return { push: (text) => ask('PUT', RETRIES, text), remove: () => ask('DELETE', 1) };
}

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** A Pushgateway answers with an empty body; a page means that a log-in or a portal has answered for it. */
function checkAnswer({ headers, body }: Answer, url: string): void {
  if (!headers['content-type']?.includes('html') || body === '') return;
  throw new Error(
    `${url}: what answers there is a web page and no Pushgateway; check prometheusUrl`,
  );
}

function withAdvice(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const advice = error instanceof DeliveryError ? ADVICE[error.status ?? 0] : undefined;
  return advice === undefined ? message : `${message}; ${advice}`;
}

const ROOT =
  'prometheusUrl is the root of a Pushgateway, for example http://localhost:9091, with its prefix where it has one';
const PASSWORD =
  'set prometheusUsername and prometheusPassword, or PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD';

const ADVICE: Readonly<Record<number, string>> = {
  400: 'where it names a metric of another type, delete the group that holds it',
  401: PASSWORD,
  403: PASSWORD,
  404: ROOT,
  405: ROOT,
  413: 'allow larger bodies in the proxy before the Pushgateway, or push fewer metrics',
};
