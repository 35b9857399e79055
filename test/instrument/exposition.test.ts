import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { expect, it } from 'vitest';
import { withEmissions } from '../../src/reader/index.ts';
import { rig, spend } from './support.ts';

/** What differs from run to run and from machine to machine: the clock, our own cost, identifiers, versions. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/^(codecarbon_overhead_\w+\{[^}]*\}) .*$/gm, '$1 <own cost>'],
  [/^(codecarbon_emissions_rate\{[^}]*\}) .*$/gm, '$1 <by the wall clock>'],
  [/run_id="[^"]*"/g, 'run_id="<uuid>"'],
  [/python_version="[^"]*"/g, 'python_version="<runtime>"'],
  [/codecarbon_version="[^"]*"/g, 'codecarbon_version="<version>"'],
  [/^(codecarbon_export_\w+\{.*)$/gm, ''],
];

it('the exposition of a whole run is what it was', async () => {
  const { host, reader } = rig({
    projectName: 'golden',
    countryIsoCode: 'FRA',
    pue: 1.25,
    wue: 1.8,
  });
  withEmissions(reader);
  for (let second = 1; second <= 10; second += 1) {
    spend(host, 1000 + 72 * second);
    host.write(
      '/proc/stat',
      `cpu  ${100 + 25 * second} 0 100 ${10000 + 75 * second} 0 0 0 0 0 0\n`,
    );
    host.clock.advance(1);
  }
  const { resourceMetrics, errors } = await reader.collect();
  expect(errors).toEqual([]);
  const text = new PrometheusSerializer(undefined, false, undefined, true, true).serialize(
    resourceMetrics,
  );
  const steady = VOLATILE.reduce((sum, [what, by]) => sum.replace(what, by), text);
  await expect(steady).toMatchFileSnapshot('exposition.prom');
});
