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
    if (finite === undefined || this.#destination === undefined) return;
    this.#backlog.add(finite);
    this.setPending(this.#backlog.size);
  }

  protected override async deliver(context: WriteContext): Promise<void> {
    if (this.#destination === undefined || this.#backlog.size === 0) return;
    const sender = await this.#openSender(this.#destination);
    const failures: unknown[] = [];
    for (let next = this.#backlog.shift(); next !== undefined; next = this.#backlog.shift()) {
      try {
        await sender.send(next);
      } catch (error) {
        failures.push(error);
        if (isRefused(error)) continue;
        this.#backlog.unshift(next);
        break;
      }
    }
    this.setPending(this.#backlog.size);
    const [first] = failures;
    if (first instanceof Error) throw new Error(`${first.message}${this.#fate(context)}`);
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
