import { context, type DiagLogger, diag } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, suppressTracing } from '@opentelemetry/core';
import {
  AggregationTemporality,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { countExports, type ExportCounter } from '../export-counts.ts';
import { countOverhead } from '../overhead.ts';
import { type EmissionsRecord, type RecordProblem, toRecords } from '../record/index.ts';
import { SCOPE_NAME, type Scope } from '../semconv.ts';

/** Why a record is written. */
export interface WriteContext {
  /** `interval`: a periodic export; `flush`: somebody asked for it; `shutdown`: the end of the run. */
  readonly reason: 'interval' | 'flush' | 'shutdown';
  /** True once per run, with its last record. */
  readonly final: boolean;
}

export interface EmissionsExporterOptions {
  /** Value of the attribute `exporter` and prefix of messages; default the name of the class. */
  readonly name?: string;
  /** Only runs of this scope; default the scope of each run's tracking mode. */
  readonly scope?: Scope;
}

const INTERVAL: WriteContext = { reason: 'interval', final: false };
const FLUSH: WriteContext = { reason: 'flush', final: false };
const SHUTDOWN: WriteContext = { reason: 'shutdown', final: true };

/** Exports that may wait behind a write that hangs; one more fails at once. */
const LONGEST_QUEUE = 10;

/**
 * Base of every output: give it to any `PeriodicExportingMetricReader` and implement `write`.
 *
 * `write` is called for every run at every export, again when somebody flushes, and once with
 * `final: true` when the reader shuts down; never twice at the same time. A record holds the totals of
 * its run so far, so a later one replaces an earlier one of the same `run_id`. What `write` throws (or
 * rejects with) fails the export; the record is then written again at the next export.
 */
export abstract class EmissionsExporter implements PushMetricExporter {
  readonly #name: string;
  readonly #scope: Scope | undefined;
  readonly #log: DiagLogger = diag.createComponentLogger({ namespace: SCOPE_NAME });
  readonly #counter: ExportCounter;
  /** The newest record of every run. */
  readonly #latest = new Map<string, EmissionsRecord>();
  /** Runs whose newest record has not been written. */
  readonly #unwritten = new Set<string>();
  readonly #flushed = new Map<string, EmissionsRecord>();
  readonly #warned = new Set<RecordProblem['kind']>();
  #noInfo: RecordProblem | undefined;
  #reported: string | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #queued = 0;
  #end: Promise<void> | undefined;

  constructor(options: EmissionsExporterOptions = {}) {
    this.#name = options.name ?? new.target.name;
    this.#scope = options.scope;
    this.#counter = countExports(this.#name);
  }

  /** Writes one run's figures. */
  protected abstract write(record: EmissionsRecord, context: WriteContext): void | Promise<void>;

  /** Lets go of what the exporter holds, after the last `write`. */
  protected close(): void | Promise<void> {}

  /** A record is made of totals. */
  selectAggregationTemporality(): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE;
  }

  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    void this.#export(metrics).then((result) => this.#answer(resultCallback, result));
  }

  /** Resolves when everything that was exported has been written, or has failed and been logged. */
  async forceFlush(): Promise<void> {
    if (this.#end !== undefined) return this.#end;
    this.#report(await this.#enqueue(() => this.#writeAll(this.#unflushed(), FLUSH)));
  }

  /** Writes every run for the last time. Later exports fail. */
  shutdown(): Promise<void> {
    this.#end ??= this.#shutDown();
    return this.#end;
  }

  async #export(metrics: ResourceMetrics): Promise<ExportResult> {
    if (this.#end !== undefined) return this.#failure(new Error('the exporter is shut down'));
    if (this.#queued >= LONGEST_QUEUE) {
      return this.#failure(new Error('earlier writes have not finished'));
    }
    try {
      this.#take(metrics);
    } catch (error) {
      return this.#failure(error);
    }
    return this.#enqueue(() => this.#writeAll(this.#pending(), INTERVAL));
  }

  /** Reads the records at once: the metrics belong to the SDK. */
  #take(metrics: ResourceMetrics): void {
    const { records, problems } = countOverhead(() => toRecords(metrics, { scope: this.#scope }));
    const delta = problems.find(({ kind }) => kind === 'delta');
    if (delta !== undefined) throw new Error(delta.message);
    for (const problem of problems) this.#note(problem);
    for (const record of records) {
      this.#latest.set(record.run_id, record);
      this.#unwritten.add(record.run_id);
    }
  }

  /** The facts of a run settle up to two seconds late: their absence tells something only at the end. */
  #note(problem: RecordProblem): void {
    if (problem.kind === 'no-info') this.#noInfo = problem;
    else this.#warnOnce(problem);
  }

  #warnOnce({ kind, message }: RecordProblem): void {
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    this.#log.warn(`${this.#name}: ${message}`);
  }

  #pending(): readonly EmissionsRecord[] {
    return [...this.#latest.values()].filter(({ run_id }) => this.#unwritten.has(run_id));
  }

  #unflushed(): readonly EmissionsRecord[] {
    return [...this.#latest.values()].filter(
      (record) => this.#flushed.get(record.run_id) !== record,
    );
  }

  async #shutDown(): Promise<void> {
    const result = await this.#enqueue(() => this.#writeAll([...this.#latest.values()], SHUTDOWN));
    this.#report(result);
    if (this.#latest.size === 0 && this.#noInfo !== undefined) this.#warnOnce(this.#noInfo);
    try {
      await this.close();
    } catch (error) {
      this.#report(this.#failure(error));
    }
    this.#counter.setPending(0);
  }

  /** One write after the other, whatever becomes of it. */
  #enqueue(work: () => Promise<ExportResult>): Promise<ExportResult> {
    this.#queued += 1;
    const done = this.#queue.then(work).finally(() => {
      this.#queued -= 1;
    });
    this.#queue = done;
    return done;
  }

  async #writeAll(
    records: readonly EmissionsRecord[],
    reason: WriteContext,
  ): Promise<ExportResult> {
    const errors: unknown[] = [];
    for (const record of records) {
      try {
        await context.with(suppressTracing(context.active()), () => this.write(record, reason));
        this.#written(record, reason);
      } catch (error) {
        this.#unwritten.add(record.run_id);
        errors.push(error);
      }
    }
    this.#counter.setPending(this.#unwritten.size);
    if (errors.length > 0) return this.#failure(errors[0]);
    if (records.length > 0) this.#reported = undefined;
    return { code: ExportResultCode.SUCCESS };
  }

  #written(record: EmissionsRecord, { reason }: WriteContext): void {
    if (reason !== 'interval') this.#flushed.set(record.run_id, record);
    if (this.#latest.get(record.run_id) === record) this.#unwritten.delete(record.run_id);
  }

  #failure(cause: unknown): ExportResult & { readonly error: Error } {
    const message = cause instanceof Error ? cause.message : String(cause);
    const error = new Error(`${this.#name}: ${message}`, { cause });
    return { code: ExportResultCode.FAILED, error };
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
