import type { ExporterDefinition } from '../definition.ts';

export const loggerExporter: ExporterDefinition<'logger'> = {
  id: 'logger',
  output: 'logger',
  description:
    'The record to a logger (console, pino, winston, Google Cloud) and as an OpenTelemetry log record',
  load: async () => {
    const { LoggerMetricExporter } = await import('./index.ts');
    return (options, objects) => new LoggerMetricExporter({ ...options, ...objects });
  },
};
