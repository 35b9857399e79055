import type { ExporterDefinition } from '../definition.ts';

export const csvExporter: ExporterDefinition<'csv'> = {
  id: 'csv',
  output: 'csv',
  description: "A row per run in CodeCarbon's emissions.csv",
  load: async () => {
    const { CsvMetricExporter } = await import('./index.ts');
    return (options) => new CsvMetricExporter(options);
  },
};
