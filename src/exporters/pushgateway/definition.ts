import { settingsFor } from '../../options/index.ts';
import type { ExporterDefinition } from '../definition.ts';
import { readAddress } from './address.ts';

export const pushgatewayExporter: ExporterDefinition<'pushgateway'> = {
  id: 'pushgateway',
  output: 'prometheus',
  description: 'The metrics to a Prometheus Pushgateway, which keeps the last ones of short runs',
  check: (options) => {
    readAddress(settingsFor('pushgateway', options).prometheusUrl);
  },
  load: async () => {
    const { PushgatewayMetricExporter } = await import('./index.ts');
    return (options) => new PushgatewayMetricExporter(options);
  },
};
