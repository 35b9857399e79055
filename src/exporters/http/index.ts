import { ConfigurationError } from '../../errors.ts';
import { send } from '../../http.ts';
import { type OptionsFor, settingsFor } from '../../options/index.ts';
import type { EmissionsRecord } from '../../record/index.ts';
import { type Outbox, openOutbox, urgencyOf } from '../../spool.ts';
import { EmissionsExporter, type WriteContext } from '../exporter.ts';
import { type Post, readPost, serialize, sign } from './serialize.ts';

export type HttpMetricExporterOptions = OptionsFor<'http'>;

/**
 * Posts each run's record as JSON to `emissionsEndpoint` when the run ends (`live: true`: at every
 * export). The body is what `schema/emissions-record.schema.json` describes. Any 2xx is success.
 *
 * - `Idempotency-Key: <run_id>-<sequence>` stays the same when a post is repeated
 * - `X-Signature-256: sha256=<hex>` with `hmacSecret`: HMAC-SHA256 over the bytes of the body, nothing else
 * - `spoolDir` keeps what could not be sent; the next export, or the next process, sends it in order
 */
export class HttpMetricExporter extends EmissionsExporter {
  readonly #live: boolean;
  readonly #outbox: Outbox<Post>;
  /** Each run's newest post. */
  readonly #posts = new Map<string, Made>();

  /** @throws ConfigurationError for an unknown option, a value that is not allowed, or no endpoint */
  constructor(options: HttpMetricExporterOptions = {}) {
    super({ name: 'http' });
    const {
      emissionsEndpoint: url,
      headers,
      hmacSecret,
      ...settings
    } = settingsFor('http', options);
    if (url === undefined) throw noEndpoint();
    this.#live = settings.live;
    this.#outbox = openOutbox({
      exporter: 'http',
      url,
      directory: settings.spoolDir,
      timeoutMillis: settings.timeoutMillis,
      read: readPost,
      warn: (kind, message) => this.warnOnce(kind, message),
      async send({ key, body }, { timeoutMillis, retries }) {
        const own = { 'idempotency-key': key, 'content-type': 'application/json' };
        const signed =
          hmacSecret === undefined ? {} : { 'x-signature-256': sign(body, hmacSecret) };
        await send({
          url,
          method: 'POST',
          headers: { ...own, ...headers, ...signed },
          body,
          timeoutMillis,
          retries,
        });
      },
    });
  }

  protected override async write(record: EmissionsRecord, context: WriteContext): Promise<void> {
    if (!this.#live && !context.final) return this.#outbox.flush('interval');
    const made = this.#madeOf(record);
    if (made.isAccepted) return;
    const urgency = urgencyOf(context, made.hasFailed);
    try {
      await this.#outbox.deliver(record.run_id, made.post, urgency);
      made.isAccepted = true;
    } catch (error) {
      made.hasFailed = true;
      throw error;
    }
  }

  /** What is in the spool waits; without one, what could not be posted. */
  protected override setPending(records: number): void {
    super.setPending(this.#outbox.waiting ?? records);
  }

  #madeOf(record: EmissionsRecord): Made {
    const last = this.#posts.get(record.run_id);
    if (last?.record === record) return last;
    const sequence = last === undefined ? 0 : last.sequence + 1;
    const post = { key: `${record.run_id}-${sequence}`, body: serialize(record) };
    const made = { record, sequence, post, isAccepted: false, hasFailed: false };
    this.#posts.set(record.run_id, made);
    return made;
  }
}

interface Made {
  readonly record: EmissionsRecord;
  readonly sequence: number;
  readonly post: Post;
  isAccepted: boolean;
  hasFailed: boolean;
}

const noEndpoint = (): ConfigurationError =>
  new ConfigurationError(
    'emissionsEndpoint',
    'emissionsEndpoint: is needed to post records: a URL that begins with http:// or https://.',
  );
