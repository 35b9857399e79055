import { processWide } from './process-wide.ts';

/** How the exporters of one name fare: `codecarbon_export_failures` and `codecarbon_export_pending`. */
export interface ExportCount {
  /** Folder name of the exporter, or the name of a user's own class. */
  readonly exporter: string;
  /** Exports that failed since the process began. */
  readonly failures: number;
  /** Records that wait to be written again. */
  readonly pending: number;
}

/** One exporter's own counts, added to those of the others with the same name. */
export interface ExportCounter {
  failed(): void;
  setPending(records: number): void;
}

const counts = processWide(
  'export-counts',
  () => new Map<string, { failures: number; pending: number }>(),
);

/** Counts of every exporter that has been made in this process; a name once there stays. */
export const exportCounts = (): readonly ExportCount[] =>
  [...counts].map(([exporter, count]) => ({ exporter, ...count }));

/** The counter for a new exporter. */
export function countExports(exporter: string): ExportCounter {
  const count = counts.get(exporter) ?? { failures: 0, pending: 0 };
  counts.set(exporter, count);
  let own = 0;
  return {
    failed: () => {
      count.failures += 1;
    },
    setPending: (records) => {
      count.pending += records - own;
      own = records;
    },
  };
}
