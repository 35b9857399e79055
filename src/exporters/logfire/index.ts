import {
  AggregationTemporality,
  InstrumentType,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { MetricsExporter, type WriteContext } from '../metrics-exporter.ts';
import { type Backlog, openBacklog } from './backlog.ts';
import {
  type Destination,
  findDestination,
  type LogfireOptions,
  ownSurroundings,
  type Surroundings,
} from './destination.ts';
import type { LogfireFailure } from './failure.ts';
import type { LoginOptions } from './login.ts';
import type { Sender } from './otlp.ts';
import { sendable } from './serialize.ts';

export type LogfireMetricExporterOptions = LogfireOptions;

/** A flush and a shutdown come right after the last export: a server that has just held it up is not asked again. */
const JUST_NOW_MILLIS = 5000;
/** A failure that took longer is not worth another try at the end of a program. */
const SLOW_MILLIS = 1000;

/**
 * Sends all metrics of its reader to Pydantic Logfire: OTLP over HTTP, to the region of the write token.
 * Counters go as deltas, which is what Logfire adds up; a delta that could not be sent is kept and sent
 * with the next export. With `LOGFIRE_SEND_TO_LOGFIRE=false` it takes everything and sends nothing.
 */
export class LogfireMetricExporter extends MetricsExporter {
  /** Undefined when nothing is to be sent. */
  readonly #destination: Destination | undefined;
  readonly #backlog: Backlog = openBacklog();
  #sender: Promise<Sender> | undefined;
  #failed: { readonly atMillis: number; readonly isSlow: boolean; readonly why: Error } | undefined;
  /** Exports that have not had their turn. */
  #queued = 0;

  /**
   * @param surroundings variables and directory in which a token is looked for
   * @throws ConfigurationError when there is no token, or an option is not valid
   */
  constructor(
    options: LogfireMetricExporterOptions = {},
    surroundings: Surroundings = ownSurroundings(),
  ) {
    super('logfire');
    const found = findDestination(options, surroundings);
    if (found.kind === 'missing') throw found.error;
    this.#destination = found.kind === 'off' ? undefined : found.destination;
    const others = this.#destination?.others ?? 0;
    if (others > 0) {
      this.warnOnce(
        'tokens',
        `only the first write token is used; nothing is sent to ${others} more`,
      );
    }
  }

  /** Deltas for everything that only grows; what goes up and down is told as it is. */
  override selectAggregationTemporality(type?: InstrumentType): AggregationTemporality {
    return type === InstrumentType.UP_DOWN_COUNTER ||
      type === InstrumentType.OBSERVABLE_UP_DOWN_COUNTER
      ? AggregationTemporality.CUMULATIVE
      : AggregationTemporality.DELTA;
  }

  protected override take(metrics: ResourceMetrics): void {
    const finite = sendable(metrics);
    this.#queued += 1;
    if (finite === undefined || this.#destination === undefined) return;
    this.#backlog.add(finite);
    this.setPending(this.#backlog.size);
  }

  protected override async deliver(context: WriteContext): Promise<void> {
    if (context.reason === 'interval') this.#queued -= 1;
    if (this.#destination === undefined) return;
    const why = this.#justFailed(context) ?? (await this.#sendBacklog(this.#destination));
    if (why !== undefined) throw new Error(`${why.message}${this.#fate(context)}`);
  }

  /**
   * The failure that a further try would repeat at the same cost, or that none can mend since the data are
   * given up. Of exports that wait behind a server that hangs, only the last is worth a try.
   */
  #justFailed({ reason }: WriteContext): Error | undefined {
    const failed = this.#failed;
    if (failed === undefined || !isJustNow(failed.atMillis)) return undefined;
    const isTried = reason !== 'interval' || this.#queued > 0;
    return isTried && (failed.isSlow || this.#backlog.size === 0) ? failed.why : undefined;
  }

  /** Sends until Logfire takes no more; the first failure. */
  async #sendBacklog(destination: Destination): Promise<Error | undefined> {
    if (this.#backlog.size === 0) return undefined;
    const sender = await this.#openSender(destination);
    const failures: Error[] = [];
    const began = Date.now();
    for (let next = this.#backlog.shift(); next !== undefined; next = this.#backlog.shift()) {
      try {
        await sender.send(next);
      } catch (error) {
        failures.push(error as Error);
        if (isRefused(error)) continue;
        this.#backlog.unshift(next);
        break;
      }
    }
    this.setPending(this.#backlog.size);
    const [why] = failures;
    const isSlow = Date.now() - began > SLOW_MILLIS;
    this.#failed = why && { atMillis: Date.now(), isSlow, why };
    return why;
  }

  /** What becomes of the collections that were not sent. */
  #fate({ final }: WriteContext): string {
    const { size } = this.#backlog;
    if (size === 0) return '';
    return final ? `; ${size} collection(s) are lost` : '; kept, and sent with the next export';
  }

  #openSender(destination: Destination): Promise<Sender> {
    this.#sender ??= open(destination).catch((error: unknown) => {
      this.#sender = undefined;
      throw error;
    });
    return this.#sender;
  }

  protected override async close(): Promise<void> {
    const sender = await this.#sender?.catch(() => undefined);
    await sender?.close();
  }
}

/** The OTLP exporter takes time to load: only who sends pays for it. */
async function open(destination: Destination): Promise<Sender> {
  const { openSender } = await import('./otlp.ts');
  return openSender(destination);
}

const isJustNow = (millis: number): boolean => Math.abs(Date.now() - millis) < JUST_NOW_MILLIS;

const isRefused = (error: unknown): boolean => (error as LogfireFailure).refused === true;

/**
 * Makes sure that there is a write token, before the exporter is made: where there is none and a person
 * sits at the terminal, they are asked to log in. Resolves with false when nothing is to be sent.
 * @throws ConfigurationError that names the variable when there is no token and nobody to ask
 */
export async function ensureLogfireCredentials(
  given: LoginOptions & { readonly interactive?: boolean } = {},
): Promise<boolean> {
  const { ensureLogfireCredentials: ensure } = await import('./login.ts');
  return ensure(given);
}
