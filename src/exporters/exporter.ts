import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type EmissionsRecord, type RecordProblem, toRecords } from '../record/index.ts';
import type { Scope } from '../semconv.ts';
import { MetricsExporter, type WriteContext } from './metrics-exporter.ts';

export type { WriteContext } from './metrics-exporter.ts';

export interface EmissionsExporterOptions {
  /** Value of the attribute `exporter` and prefix of messages; default the name of the class. */
  readonly name?: string;
  /** Only runs of this scope; default the scope of each run's tracking mode. */
  readonly scope?: Scope;
}

/**
 * Base of every output of records: give it to any `PeriodicExportingMetricReader` and implement `write`.
 *
 * `write` is called for every run at every export, again when somebody flushes, and once with
 * `final: true` when the reader shuts down; never twice at the same time. A record holds the totals of
 * its run so far, so a later one replaces an earlier one of the same `run_id`. What `write` throws (or
 * rejects with) fails the export; the record is then written again at the next export.
 */
export abstract class EmissionsExporter extends MetricsExporter {
  readonly #scope: Scope | undefined;
  /** The newest record of every run. */
  readonly #latest = new Map<string, EmissionsRecord>();
  /** Runs whose newest record has not been written. */
  readonly #unwritten = new Set<string>();
  readonly #flushed = new Map<string, EmissionsRecord>();
  #noInfo: RecordProblem | undefined;

  constructor(options: EmissionsExporterOptions = {}) {
    super(options.name);
    this.#scope = options.scope;
  }

  /** Writes one run's figures. */
  protected abstract write(record: EmissionsRecord, context: WriteContext): void | Promise<void>;

  protected override take(metrics: ResourceMetrics): void {
    const { records, problems } = toRecords(metrics, { scope: this.#scope });
    const delta = problems.find(({ kind }) => kind === 'delta');
    if (delta !== undefined) throw new Error(delta.message);
    for (const problem of problems) this.#note(problem);
    for (const record of records) {
      this.#latest.set(record.run_id, record);
      this.#unwritten.add(record.run_id);
    }
  }

  protected override async deliver(context: WriteContext): Promise<void> {
    const errors: unknown[] = [];
    for (const record of this.#due(context)) {
      try {
        await this.write(record, context);
        this.#written(record, context);
      } catch (error) {
        this.#unwritten.add(record.run_id);
        errors.push(error);
      }
    }
    this.setPending(this.#unwritten.size);
    if (context.final) this.#sayWhatWasMissing();
    if (errors.length > 0) throw errors[0];
  }

  #due({ reason }: WriteContext): readonly EmissionsRecord[] {
    const records = [...this.#latest.values()];
    switch (reason) {
      case 'interval':
        return records.filter(({ run_id }) => this.#unwritten.has(run_id));
      case 'flush':
        return records.filter((record) => this.#flushed.get(record.run_id) !== record);
      case 'shutdown':
        return records;
    }
  }

  #written(record: EmissionsRecord, { reason }: WriteContext): void {
    if (reason !== 'interval') this.#flushed.set(record.run_id, record);
    if (this.#latest.get(record.run_id) === record) this.#unwritten.delete(record.run_id);
  }

  /** The facts of a run settle up to two seconds late: their absence tells something only at the end. */
  #note(problem: RecordProblem): void {
    if (problem.kind === 'no-info') this.#noInfo = problem;
    else this.warnOnce(problem.kind, problem.message);
  }

  #sayWhatWasMissing(): void {
    if (this.#latest.size > 0 || this.#noInfo === undefined) return;
    this.warnOnce(this.#noInfo.kind, this.#noInfo.message);
  }
}
