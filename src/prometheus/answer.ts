import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip, gzipSync } from 'node:zlib';
import type { DiagLogger } from '@opentelemetry/api';
import type { CollectionResult, IMetricReader, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { diagLogger } from '../diag.ts';
import { countOverhead } from '../overhead.ts';

/** What a scrape is answered from. */
export interface Scraped {
  collect: IMetricReader['collect'];
  serialize(metrics: ResourceMetrics): string;
}

/** Format and version that Prometheus' exposition text format names. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * A handler that answers every request with the current metrics: 200; 500 when the collection fails;
 * 503 when it does not come to an end before the scraper gives up. A callback that hangs loses its own
 * metrics only: the SDK gives it up after half of that time, and the others are served.
 */
export function scrapeHandler(
  scraped: Scraped,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const log = diagLogger();
  const say = onceEach((message) => log.error(message));
  return async (request, response) => {
    try {
      const text = await textFor(request, scraped, say);
      await send(request, response, 200, text);
    } catch (error) {
      const { status, message } = toRefusal(error);
      say(`a scrape was answered with ${status}: ${message}`);
      await send(request, response, status, `# ${message.replaceAll('\n', ' ')}\n`);
    }
  };
}

async function textFor(
  { headers }: IncomingMessage,
  { collect, serialize }: Scraped,
  say: DiagLogger['error'],
): Promise<string> {
  const budget = budgetMillis(headers['x-prometheus-scrape-timeout-seconds']);
  const { resourceMetrics, errors } = await withinTime(
    collect({ timeoutMillis: budget / 2 }),
    budget,
  );
  for (const error of errors) say(`a part of a scrape is missing: ${messageOf(error)}`);
  const text = countOverhead(() => serialize(resourceMetrics));
  // The serializer leaves it out where there are no metrics; the format wants it.
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** Prometheus' own default is to wait for 10 s. */
const DEFAULT_WAIT_SECONDS = 10;

/** Nine tenths of the time that the scraper says it waits, so that the answer still reaches it. */
function budgetMillis(said: string | string[] | undefined): number {
  const seconds = Number(said);
  return 900 * (seconds > 0 && seconds <= 600 ? seconds : DEFAULT_WAIT_SECONDS);
}

/** A status other than 200, and why. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const toRefusal = (error: unknown): Refusal =>
  error instanceof Refusal ? error : new Refusal(500, `the collection failed: ${messageOf(error)}`);

async function withinTime(
  collecting: Promise<CollectionResult>,
  millis: number,
): Promise<CollectionResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const refusal = new Refusal(503, `the collection takes longer than ${millis} ms`);
    timer = setTimeout(() => reject(refusal), millis).unref();
  });
  try {
    return await Promise.race([collecting, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Less is not worth the work. */
const LEAST_TO_COMPRESS = 1024;
/** More takes milliseconds, which belong into another thread; less is cheaper at once. */
const MOST_AT_ONCE = 128 * 1024;
/** Small tables: quick to make, and the text repeats itself within a few lines. */
const QUICK = { level: constants.Z_BEST_SPEED, windowBits: 13, memLevel: 7 };
const compressElsewhere = promisify(gzip);

const compress = async (text: string): Promise<Buffer> =>
  text.length <= MOST_AT_ONCE
    ? countOverhead(() => gzipSync(text, QUICK))
    : compressElsewhere(text, QUICK);

/** HEAD has the same headers as GET, and no body. */
async function send(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
): Promise<void> {
  const zipped = text.length >= LEAST_TO_COMPRESS && acceptsGzip(headers['accept-encoding']);
  const body = zipped ? await compress(text) : Buffer.from(text);
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    'content-type': CONTENT_TYPE,
    'content-length': body.length,
    vary: 'accept-encoding',
    ...(zipped && { 'content-encoding': 'gzip' }),
  });
  response.end(method === 'HEAD' ? undefined : body);
}

/** `gzip` or `*`, unless with a weight of zero (RFC 9110, 12.5.3). */
function acceptsGzip(accepted: string | string[] | undefined): boolean {
  const weights = new Map(
    String(accepted ?? '')
      .toLowerCase()
      .split(',')
      .map((coding) => coding.split(';').map((part) => part.trim()))
      .map(([name = '', weight = 'q=1']) => [name, Number(weight.slice(2))]),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : `${error}`);

/** Different messages that are remembered as said. */
const MOST_MESSAGES = 100;

/** A scrape comes every few seconds, and so would its complaint. */
function onceEach(say: (message: string) => void): (message: string) => void {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message) || said.size >= MOST_MESSAGES) return;
    said.add(message);
    say(message);
  };
}
