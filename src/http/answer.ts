import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body, in UTF-8, as far as it was read. */
  readonly body: string;
  /** False when the body was longer than allowed, too slow, or broke off. */
  readonly complete: boolean;
}

/** How much of an answer is read, and for how long. */
export interface Bounds {
  readonly maxBytes: number;
  readonly maxMillis: number;
}

/**
 * Reads an answer up to its bounds, then lets go of the connection. Never rejects: a body that breaks off
 * is an answer that is not complete.
 */
export function readAnswer(message: IncomingMessage, bounds: Bounds): Promise<Answer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve) => {
    const end = (complete: boolean): void => {
      clearTimeout(timer);
      if (!complete) message.destroy();
      const body = Buffer.concat(parts).subarray(0, bounds.maxBytes).toString();
      resolve({ status: message.statusCode ?? 0, headers: message.headers, body, complete });
    };
    // Whoever waits for the answer keeps the process, or does not: this timer has no say in it.
    const timer = setTimeout(end, bounds.maxMillis, false).unref();
    message.on('data', (part: Buffer) => {
      parts.push(part);
      bytes += part.length;
      if (bytes > bounds.maxBytes) end(false);
    });
    message.on('end', () => end(message.complete));
    message.on('error', () => end(false));
    message.on('close', () => end(message.complete));
  });
}

/**
 * How long the server asks to be left alone, in ms: `Retry-After` in seconds or as a date.
 * @param now ms since the epoch
 */
export function retryAfterMillis(
  headers: IncomingHttpHeaders,
  now: number = Date.now(),
): number | undefined {
  const raw = headers['retry-after']?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(raw)) return Number(raw) * 1000;
  const until = raw === '' ? Number.NaN : Date.parse(raw);
  return Number.isNaN(until) ? undefined : Math.max(0, until - now);
}
