import type { ExporterDefinition } from '../definition.ts';

export const httpExporter: ExporterDefinition<'http'> = {
  id: 'http',
  output: 'http',
  description: 'The record as JSON, posted to a URL',
  required: ['emissionsEndpoint'],
  load: async () => {
    const { HttpMetricExporter } = await import('./index.ts');
    return (options) => new HttpMetricExporter(options);
  },
};
