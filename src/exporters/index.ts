import { boampsExporter } from './boamps/index.ts';
import { codecarbonApiExporter } from './codecarbon-api/index.ts';
import { csvExporter } from './csv/index.ts';
import type { ExporterDefinition } from './definition.ts';
import { httpExporter } from './http/index.ts';
import { logfireExporter } from './logfire/index.ts';
import { loggerExporter } from './logger/index.ts';
import { pushgatewayExporter } from './pushgateway/index.ts';

/** Every output of the package, in the order of the README. */
export const EXPORTERS = [
  csvExporter,
  loggerExporter,
  boampsExporter,
  logfireExporter,
  pushgatewayExporter,
  httpExporter,
  codecarbonApiExporter,
] as const satisfies readonly ExporterDefinition[];

export type { ExporterDefinition } from './definition.ts';
export { EmissionsExporter, type WriteContext } from './exporter.ts';
export { MetricsExporter } from './metrics-exporter.ts';
