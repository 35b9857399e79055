import { withoutSecrets } from '../../http/secrets.ts';
import { describeCode, statusLine } from '../../http/words.ts';
import type { Destination } from './destination.ts';

/** What the OTLP exporter says of a failed export: a status and a body, or a code of the system. */
interface Cause {
  readonly code?: unknown;
  readonly data?: unknown;
  readonly message?: unknown;
}

/** An export that did not succeed; its message says where, why and what to do. */
export class LogfireFailure extends Error {
  override readonly name = 'LogfireFailure';
  /** True when Logfire will never take these data: sending them again is of no use. */
  readonly refused: boolean;

  constructor(message: string, refused: boolean) {
    super(message);
    this.refused = refused;
  }
}

/** The failure of an export that Logfire, or nobody, has answered. */
export function answered(
  destination: Destination,
  url: string,
  cause: Error | undefined,
): LogfireFailure {
  const { code, data, message }: Cause = cause ?? {};
  const status = typeof code === 'number' ? code : undefined;
  const why =
    status === undefined ? withoutStatus(code, message) : withStatus(status, data, destination);
  const refused = status !== undefined && REFUSALS.includes(status);
  return new LogfireFailure(`cannot send to ${url}: ${why}`, refused);
}

/** The failure of an export that cannot be written as OTLP: it holds something odd. */
export function unwritable(cause: unknown): LogfireFailure {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LogfireFailure(`cannot write the metrics as OTLP: ${why}; they are given up`, true);
}

const REFUSALS = [400, 413, 415, 422];

function withStatus(status: number, data: unknown, { token, origin }: Destination): string {
  const line = statusLine(status);
  const said = typeof data === 'string' ? withoutSecrets(data, [token]) : '';
  const words = said === '' ? line : `${line} (${said})`;
  if (status === 401 || status === 403) {
    return `${words}: the write token from ${origin} is invalid or revoked; run \`codecarbon-otel logfire login\`, or set LOGFIRE_TOKEN to a new one`;
  }
  if (status === 404 || (status >= 300 && status < 400) || status === 405) {
    return `${words}: Logfire is not at this address; check LOGFIRE_BASE_URL`;
  }
  if (REFUSALS.includes(status)) return `${words}: the data are refused, and given up`;
  return words;
}

function withoutStatus(code: unknown, message: unknown): string {
  if (typeof code === 'string') return describeCode(code);
  const text = typeof message === 'string' ? message : '';
  if (/timed? ?out/i.test(text)) return 'no answer in time';
  // The OTLP exporter tells no more of 429, 502, 503 and 504.
  if (/retryable status/.test(text)) return 'the server is busy or fails (429, 502, 503 or 504)';
  return text === '' ? 'it failed' : withoutSecrets(text, []);
}
