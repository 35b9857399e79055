import type { DiagLogger } from '@opentelemetry/api';
import type { ExportResult } from '@opentelemetry/core';
import {
  AggregationTemporality,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { diagLogger } from '../diag.ts';
import { countExports, type ExportCounter } from '../export-counts.ts';
import { EXPORT_FAILED, EXPORT_SUCCESS, untraced } from '../otel.ts';
import { countOverhead } from '../overhead.ts';

/** Why something is written. */
export interface WriteContext {
  /** `interval`: a periodic export; `flush`: somebody asked for it; `shutdown`: the end of the run. */
  readonly reason: 'interval' | 'flush' | 'shutdown';
  /** True once, for the last write. */
  readonly final: boolean;
}

const INTERVAL: WriteContext = { reason: 'interval', final: false };
const FLUSH: WriteContext = { reason: 'flush', final: false };
const SHUTDOWN: WriteContext = { reason: 'shutdown', final: true };

/** Exports that may wait behind a write that hangs; one more fails at once. */
const LONGEST_QUEUE = 10;

/**
 * What every exporter of this package does alike, whatever it makes of the metrics: one delivery after
 * the other, one answer per export, no exception, tracing suppressed, failures counted and said once.
 * Outputs of records extend `EmissionsExporter`; this one is for outputs of the metrics themselves.
 */
export abstract class MetricsExporter implements PushMetricExporter {
  readonly #name: string;
  readonly #log: DiagLogger = diagLogger();
  readonly #counter: ExportCounter;
  readonly #warned = new Set<string>();
  #reported: string | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #queued = 0;
  #notTaken: Error | undefined;
  #notDelivered: Error | undefined;
  #end: Promise<void> | undefined;

  /** @param name value of the attribute `exporter` and prefix of messages; default the name of the class */
  constructor(name?: string) {
    this.#name = name ?? new.target.name;
    this.#counter = countExports(this.#name);
  }

  /** Reads what was collected, at once: the metrics belong to the SDK. What it throws fails the export. */
  protected abstract take(metrics: ResourceMetrics): void;

  /**
   * Delivers what was taken and is not delivered yet; on a flush what was not flushed, at the shutdown
   * everything for the last time. What it rejects with fails the export; it is called again at the next.
   */
  protected abstract deliver(context: WriteContext): Promise<void>;

  /** Lets go of what the exporter holds, after the last delivery. */
  protected close(): void | Promise<void> {}

  /** How much waits to be delivered, for `codecarbon_export_pending`. */
  protected setPending(records: number): void {
    this.#counter.setPending(records);
  }

  /** Says something a person should know; the same kind only once. */
  protected warnOnce(kind: string, message: string): void {
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    this.#log.warn(`${this.#name}: ${message}`);
  }

  /** Totals, unless an exporter wants something else. */
  selectAggregationTemporality(): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE;
  }

  /** Why the newest figures have not been delivered; undefined when they have, or nothing was to be. */
  get lastFailure(): Error | undefined {
    return this.#notTaken ?? this.#notDelivered;
  }

  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    void this.#export(metrics).then((result) => this.#answer(resultCallback, result));
  }

  /** Resolves when everything that was exported has been delivered, or has failed and been logged. */
  async forceFlush(): Promise<void> {
    if (this.#end !== undefined) return this.#end;
    this.#report(await this.#enqueue(FLUSH));
  }

  /** Delivers for the last time. Later exports fail. */
  shutdown(): Promise<void> {
    this.#end ??= this.#shutDown();
    return this.#end;
  }

  async #export(metrics: ResourceMetrics): Promise<ExportResult> {
    if (this.#end !== undefined) return this.#failure(new Error('the exporter is shut down'));
    // Before anything else: deltas that are not taken are gone.
    try {
      countOverhead(() => this.take(metrics));
      this.#notTaken = undefined;
    } catch (error) {
      const failure = this.#failure(error);
      this.#notTaken = failure.error;
      return failure;
    }
    if (this.#queued >= LONGEST_QUEUE) {
      return this.#failure(new Error('earlier writes have not finished'));
    }
    return this.#enqueue(INTERVAL);
  }

  async #shutDown(): Promise<void> {
    this.#report(await this.#enqueue(SHUTDOWN));
    try {
      await this.close();
    } catch (error) {
      const failure = this.#failure(error);
      this.#notDelivered ??= failure.error;
      this.#report(failure);
    }
    this.#counter.setPending(0);
  }

  /** One delivery after the other, whatever becomes of it. */
  #enqueue(reason: WriteContext): Promise<ExportResult> {
    this.#queued += 1;
    const done = this.#queue
      .then(() => this.#deliver(reason))
      .finally(() => {
        this.#queued -= 1;
      });
    this.#queue = done;
    return done;
  }

  async #deliver(reason: WriteContext): Promise<ExportResult> {
    try {
      await untraced(() => this.deliver(reason));
      this.#notDelivered = undefined;
      return { code: EXPORT_SUCCESS };
    } catch (error) {
      const failure = this.#failure(error);
      this.#notDelivered = failure.error;
      return failure;
    }
  }

  #failure(cause: unknown): ExportResult & { readonly error: Error } {
    const message = cause instanceof Error ? cause.message : String(cause);
    const error = new Error(`${this.#name}: ${message}`, { cause });
    return { code: EXPORT_FAILED, error };
  }

  #answer(resultCallback: (result: ExportResult) => void, result: ExportResult): void {
    // The SDK logs it: a flush right after must not log it again.
    this.#reported = result.error?.message;
    if (result.error !== undefined) this.#counter.failed();
    try {
      resultCallback(result);
    } catch (error) {
      this.#log.error(`${this.#name}: the callback of export() threw`, error);
    }
  }

  /** A flush and a shutdown have nobody to tell that they failed. */
  #report({ error }: ExportResult): void {
    if (error === undefined || error.message === this.#reported) return;
    this.#reported = error.message;
    this.#counter.failed();
    this.#log.error(error.message);
  }
}
