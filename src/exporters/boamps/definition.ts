import type { ExporterDefinition } from '../definition.ts';

export const boampsExporter: ExporterDefinition<'boamps'> = {
  id: 'boamps',
  output: 'boamps',
  description: 'A BoAmps report (JSON, format 0.1) of each run at its end',
  load: async () => {
    const { BoampsMetricExporter } = await import('./index.ts');
    return (options) => new BoampsMetricExporter(options);
  },
};
