import { csvExporter } from './csv/index.ts';
import type { ExporterDefinition } from './exporter.ts';

/** Every output of the package, in the order of the README. */
export const EXPORTERS = [csvExporter] as const satisfies readonly ExporterDefinition[];

export {
  EmissionsExporter,
  type EmissionsExporterOptions,
  type ExporterDefinition,
  type WriteContext,
} from './exporter.ts';
