import { agentFor } from './agents.ts';
import { type Answer, readAnswer } from './answer.ts';

/** A request with everything decided. */
export interface Exchange {
  readonly url: URL;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  /** Words for no message. */
  readonly secrets: readonly string[];
  readonly background: boolean;
  readonly needsBody: boolean;
  readonly maxAnswerBytes: number;
  readonly accepts: (status: number) => boolean;
}

/**
 * Makes one request; a connection that the server had closed in the meantime is replaced by a new one.
 * @param millis until the answer is there
 * @throws what the system says, with its code; `ABORT_ERR` when time is up
 */
export async function attempt(exchange: Exchange, millis: number): Promise<Answer> {
  const { request } =
    exchange.url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const agent = await agentFor(exchange.url);
  const started = performance.now();
  const { url, method, headers, body, background } = exchange;
  return new Promise((resolve, reject) => {
    const ending = new AbortController();
    // It throws for a header that HTTP does not allow: before there is a timer that nobody would clear.
    const message = request(url, { method, headers, agent, signal: ending.signal });
    const timer = setTimeout(() => ending.abort(), millis);
    if (background) timer.unref();
    message.on('socket', (socket) => {
      if (background) socket.unref();
    });
    message.on('response', (response) => {
      clearTimeout(timer);
      const left = millis - (performance.now() - started);
      const patience = exchange.needsBody ? left : Math.min(left, IDLE_BODY_MILLIS);
      const bounds = { maxBytes: exchange.maxAnswerBytes, maxMillis: Math.max(1, patience) };
      void readAnswer(response, bounds).then(resolve);
    });
    message.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const left = millis - (performance.now() - started);
      const stale = message.reusedSocket && error.code === 'ECONNRESET' && left > 0;
      if (stale) resolve(attempt(exchange, left));
      else reject(error);
    });
    message.end(body);
  });
}

/** How long a body is waited for that nobody needs: it only explains, or frees the connection. */
const IDLE_BODY_MILLIS = 1000;
