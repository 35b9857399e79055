import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExportResult } from '@opentelemetry/core';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach } from 'vitest';
import { type EmissionsRecord, RECORD_FIELDS } from '../../../src/record/index.ts';
import { type RunGiven, runMetrics } from '../run-metrics.ts';

export type Row = Readonly<Record<string, string>>;

export interface Folder {
  readonly path: string;
  readonly file: string;
}

/** An empty folder for each test, with the path of `emissions.csv` in it. */
export function useFolder(): Folder {
  const folder = { path: '', file: '' };
  beforeEach(() => {
    folder.path = mkdtempSync(join(tmpdir(), 'csv-'));
    folder.file = join(folder.path, 'emissions.csv');
  });
  afterEach(() => rmSync(folder.path, { recursive: true }));
  return folder;
}

/** The rows as an independent and strict parser reads them: each has as many cells as the header. */
export const readRows = (file: string): readonly Row[] =>
  parse(readFileSync(file, 'utf8'), {
    columns: true,
    bom: true,
    record_delimiter: ['\r\n', '\n'],
  }) as Row[];

export const exportTo = (exporter: PushMetricExporter, ...runs: readonly RunGiven[]) =>
  new Promise<ExportResult>((resolve) => exporter.export(runMetrics(runs), resolve));

/** A record with nothing known but what is given. */
export function recordOf(given: Partial<EmissionsRecord>): EmissionsRecord {
  const empty = Object.fromEntries(RECORD_FIELDS.map((field) => [field, undefined]));
  return { ...empty, project_name: 'p', run_id: 'r', ...given } as EmissionsRecord;
}
