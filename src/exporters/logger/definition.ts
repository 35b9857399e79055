import { settingsFor } from '../../options/index.ts';
import type { ExporterDefinition } from '../definition.ts';
import { checkLogger } from './methods.ts';

export const loggerExporter: ExporterDefinition<'logger'> = {
  id: 'logger',
  output: 'logger',
  description:
    'The record to a logger (console, pino, winston, Google Cloud) and as an OpenTelemetry log record',
  check: (options, { logger }) => {
    if (logger) checkLogger(logger, settingsFor('logger', options).loggerLevel);
  },
  load: async () => {
    const { LoggerMetricExporter } = await import('./index.ts');
    return (options, objects) => new LoggerMetricExporter({ ...options, ...objects });
  },
};
