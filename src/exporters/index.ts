import { boampsExporter } from './boamps/index.ts';
import { csvExporter } from './csv/index.ts';
import type { ExporterDefinition } from './definition.ts';

/** Every output of the package, in the order of the README. */
export const EXPORTERS = [
  csvExporter,
  boampsExporter,
] as const satisfies readonly ExporterDefinition[];

export type { ExporterDefinition } from './definition.ts';
export { EmissionsExporter, type WriteContext } from './exporter.ts';
export { MetricsExporter } from './metrics-exporter.ts';
