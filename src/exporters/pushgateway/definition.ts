import type { ExporterDefinition } from '../definition.ts';

export const pushgatewayExporter: ExporterDefinition<'pushgateway'> = {
  id: 'pushgateway',
  output: 'prometheus',
  description: 'The metrics to a Prometheus Pushgateway, which keeps the last ones of short runs',
  load: async () => {
    const { PushgatewayMetricExporter } = await import('./index.ts');
    return (options) => new PushgatewayMetricExporter(options);
  },
};
