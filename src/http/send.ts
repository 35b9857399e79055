import { VERSION } from '../version.ts';
import type { Answer } from './answer.ts';
import { attempt, type Exchange } from './attempt.ts';
import { asDeliveryError, failed, redirected, refusal, tooLong } from './failures.ts';
import { decoded, secretsOf } from './secrets.ts';
import { statusLine } from './words.ts';

export type { Answer } from './answer.ts';

/** One request; everything about it is bounded. */
export interface HttpRequest {
  /** `http:` or `https:`. A user and a password in it become a header `Authorization`. */
  readonly url: string | URL;
  /** Default: POST with a body, GET without. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For everything: each try, the waits between them, the answer. */
  readonly timeoutMillis: number;
  /** Further tries after one that failed for a passing reason; default 0. */
  readonly retries?: number;
  /** Default 64 KiB; what is longer is cut. */
  readonly maxAnswerBytes?: number;
  /**
   * True when the caller needs the whole body: one that is cut is then an error. Otherwise (default) the
   * status decides, and a body that breaks off or does not end changes nothing.
   */
  readonly needsBody?: boolean;
  /** Statuses that are no error; default 200 to 299. */
  readonly accepts?: (status: number) => boolean;
  /** True: the process may end while this is under way, unless somebody else keeps it; default false. */
  readonly background?: boolean;
}

/**
 * Sends a request and resolves with its answer, whose status is one that was asked for. Proxy variables
 * are honoured. A redirect is followed within its origin only: for GET and HEAD any, for others 307, 308.
 * @throws DeliveryError for everything else, ready to be shown to a person
 */
export async function send(request: HttpRequest): Promise<Answer> {
  const exchange = prepare(request);
  const tries = 1 + (request.retries ?? 0);
  const started = performance.now();
  const left = (): number => request.timeoutMillis - (performance.now() - started);
  for (let made = 1; ; made += 1) {
    try {
      return await once(exchange, left);
    } catch (error) {
      const failure = asDeliveryError(error, exchange);
      if (made >= tries || !failure.retryable) throw failure;
      const wait = failure.retryAfterMillis ?? backOff(made);
      if (wait >= left()) throw failure.retryAfterMillis === undefined ? failure : tooLong(failure);
      await pause(wait, exchange.background);
    }
  }
}

/** First wait between two tries, in ms; it doubles each time. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 5000;
const LONGEST_ANSWER = 64 * 1024;
const MOST_REDIRECTS = 5;

/** Between half and all of a time that doubles: clients that failed together do not come back together. */
const backOff = (made: number): number =>
  Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (made - 1)) * (0.5 + Math.random() / 2);

function pause(millis: number, background: boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    if (background) timer.unref();
  });
}

function prepare(request: HttpRequest): Exchange {
  const { body } = request;
  const url = new URL(request.url);
  const headers = {
    'user-agent': USER_AGENT,
    ...basicOf(url),
    ...lowerCase(request.headers ?? {}),
  };
  return {
    url,
    method: request.method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    body,
    secrets: secretsOf(url, headers),
    background: request.background ?? false,
    needsBody: request.needsBody ?? false,
    maxAnswerBytes: request.maxAnswerBytes ?? LONGEST_ANSWER,
    accepts: request.accepts ?? ((status) => status >= 200 && status < 300),
  };
}

function basicOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

const USER_AGENT = `opentelemetry-instrumentation-codecarbon/${VERSION}`;

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** One try, with the redirects that may be followed. */
async function once(exchange: Exchange, left: () => number): Promise<Answer> {
  let { url } = exchange;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await attempt({ ...exchange, url }, Math.max(1, left()));
    if (exchange.accepts(answer.status)) return checked(answer, exchange);
    const target = redirectOf(answer, url);
    if (target === undefined) throw refusal(answer, exchange);
    if (!mayFollow(answer, target, exchange) || redirects >= MOST_REDIRECTS) {
      throw redirected(answer, target, exchange);
    }
    url = target;
  }
}

function checked(answer: Answer, exchange: Exchange): Answer {
  if (answer.complete || !exchange.needsBody) return answer;
  const why = `${statusLine(answer.status)}, but the answer breaks off or is longer than ${exchange.maxAnswerBytes} bytes`;
  throw failed(exchange, why, { status: answer.status, retryable: true });
}

function redirectOf({ status, headers }: Answer, url: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || headers.location === undefined)
    return undefined;
  return URL.canParse(headers.location, url.href) ? new URL(headers.location, url) : undefined;
}

/** A POST that is sent elsewhere than asked, or turned into a GET, is not what the caller wanted. */
function mayFollow({ status }: Answer, target: URL, { url, method }: Exchange): boolean {
  if (target.origin !== url.origin) return false;
  return method === 'GET' || method === 'HEAD' || status === 307 || status === 308;
}
