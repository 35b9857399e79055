import { boampsExporter } from './boamps/definition.ts';
import { codecarbonApiExporter } from './codecarbon-api/definition.ts';
import { csvExporter } from './csv/definition.ts';
import type { ExporterDefinition } from './definition.ts';
import { httpExporter } from './http/definition.ts';
import { logfireExporter } from './logfire/definition.ts';
import { loggerExporter } from './logger/definition.ts';
import { pushgatewayExporter } from './pushgateway/definition.ts';

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

export type { ExporterDefinition, Objects } from './definition.ts';
export { EmissionsExporter, type WriteContext } from './exporter.ts';
