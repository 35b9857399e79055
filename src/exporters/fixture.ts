import type { EmissionsRecord } from '../record/index.ts';
import type { MetricsExporter } from './metrics-exporter.ts';

/**
 * What the contract suite needs to know of an exporter. Each folder's `fixture.ts` exports one as
 * `fixture`; the suite then holds the exporter to what is true of all.
 */
export interface ExporterFixture {
  open(): Promise<OpenedExporter>;
}

/** An exporter on a sink of its own. */
export interface OpenedExporter {
  readonly exporter: MetricsExporter;
  /** Makes every write fail, from now on until `repair`. */
  breakSink(): Promise<void>;
  repair(): Promise<void>;
  /** What has arrived, the newest record of each run: the fields that the sink keeps, as text. */
  arrived(): Promise<readonly Partial<Record<keyof EmissionsRecord, string>>[]>;
  /** Words that may not appear in an error or a log line: passwords, tokens. */
  readonly secrets: readonly string[];
  /** Words by which a person finds the sink in an error: a path, a URL. */
  readonly place: string;
  close(): Promise<void>;
}
