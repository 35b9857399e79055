import type { ExporterDefinition } from '../definition.ts';

export const logfireExporter: ExporterDefinition<'logfire'> = {
  id: 'logfire',
  output: 'logfire',
  description: 'All metrics to Pydantic Logfire, with deltas for counters',
  load: async () => {
    const { LogfireMetricExporter } = await import('./index.ts');
    return (options) => new LogfireMetricExporter(options);
  },
};
