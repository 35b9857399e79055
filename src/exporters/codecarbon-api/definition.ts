import type { ExporterDefinition } from '../definition.ts';

export const codecarbonApiExporter: ExporterDefinition<'codecarbon-api'> = {
  id: 'codecarbon-api',
  output: 'api',
  description: 'Runs and what they emit, sent to the CodeCarbon API',
  required: ['apiKey'],
  load: async () => {
    const { CodeCarbonApiMetricExporter } = await import('./index.ts');
    return (options) => new CodeCarbonApiMetricExporter(options);
  },
};
