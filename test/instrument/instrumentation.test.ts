import { metrics } from '@opentelemetry/api';
import { AggregationTemporality, MeterProvider } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { CodeCarbonInstrumentation } from '../../src/instrument/index.ts';
import { METRICS } from '../../src/semconv.ts';
import { fixtureHost } from '../support/fixture-host.ts';
import {
  collect,
  instrument,
  machine,
  rig,
  spend,
  sumOf,
  TestReader,
  withGlobalProvider,
} from './support.ts';

const kWh = (joules: number): number => joules / 3.6e6;

describe('the facts of the machine', () => {
  const counting = () => {
    const host = fixtureHost({ files: machine() });
    const { read } = host;
    const paths: string[] = [];
    Object.assign(host, {
      read: (path: string) => {
        paths.push(path);
        return read(path);
      },
    });
    return { host, readFacts: () => paths.filter((path) => path === '/usr/bin/ldd').length };
  };

  it('are read once, in a turn of their own', async () => {
    const { host, readFacts } = counting();
    const reader = new TestReader();
    instrument(host).setMeterProvider(new MeterProvider({ readers: [reader] }));
    expect(readFacts()).toBe(0);
    host.clock.advance(0);
    expect(readFacts()).toBe(1);
    await collect(reader);
    expect(readFacts()).toBe(1);
  });

  it('are not read any more after disable()', () => {
    const { host, readFacts } = counting();
    instrument(host).disable();
    host.clock.advance(5);
    expect(readFacts()).toBe(0);
  });
});

describe('a provider', () => {
  it('that is taken away again observes nothing any more', async () => {
    const { host, reader, instrumentation } = rig();
    host.clock.advance(5);
    expect(sumOf((await collect(reader)).codecarbon_duration)).toBe(5);
    instrumentation.setMeterProvider(metrics.getMeterProvider());
    host.clock.advance(5);
    expect(sumOf((await collect(reader)).codecarbon_duration)).toBe(5);
  });
});

describe('what is observed', () => {
  it('counts the energy since start, with its method, project and scope', async () => {
    const { host, reader } = rig({ projectName: 'p' });
    host.clock.advance(1);
    spend(host, 1080);
    host.clock.advance(1);
    const { codecarbon_cpu_energy: points } = await collect(reader);
    expect(points?.map(({ attributes }) => attributes)).toEqual([
      { project_name: 'p', scope: 'machine', method: 'rapl' },
    ]);
    expect(sumOf(points)).toBeCloseTo(kWh(80), 12);
  });

  it('sums energy_consumed exactly from its parts, with PUE on both and on power', async () => {
    const { host, reader } = rig({ pue: 1.5 });
    spend(host, 1100);
    host.clock.advance(2);
    const found = await collect(reader);
    const parts = [sumOf(found.codecarbon_cpu_energy), sumOf(found.codecarbon_ram_energy)];
    expect(sumOf(found.codecarbon_energy_consumed)).toBe((parts[0] ?? 0) + (parts[1] ?? 0));
    expect(parts[0]).toBeCloseTo(kWh(150), 12);
    // The 100 joules were there at the first of the two samples a second apart.
    expect(sumOf(found.codecarbon_cpu_power)).toBeCloseTo(0, 9);
    expect(found.codecarbon_cpu_power?.[0]?.attributes).not.toHaveProperty('method');
  });

  it('carries the facts of the run on codecarbon_info alone', async () => {
    const { reader } = rig({ countryIsoCode: 'FRA', region: 'bretagne', wue: 1.8 });
    const { codecarbon_info: info, codecarbon_duration: duration } = await collect(reader);
    expect(info?.[0]?.value).toBe(1);
    expect(info?.[0]?.attributes).toMatchObject({
      country_iso_code: 'FRA',
      country_name: 'France',
      region: 'bretagne',
      cpu_model: 'Intel(R) Core(TM) i7-8700K CPU @ 3.70GHz',
      experiment_id: '5b0fa12a-3dd7-45bb-9766-cc326314d9f1',
      tracking_mode: 'machine',
      on_cloud: 'N',
      pue: 1,
      wue: 1.8,
    });
    expect(info?.[0]?.attributes.run_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(duration?.[0]?.attributes).toEqual({ project_name: 'codecarbon', scope: 'machine' });
  });

  it('names no user, host or command line', async () => {
    const { reader } = rig();
    const { codecarbon_info: info } = await collect(reader);
    const keys = Object.keys(info?.[0]?.attributes ?? {});
    expect(keys.filter((key) => /user|login|host|command|argv|pid/.test(key))).toEqual([]);
  });

  it('observes only metrics of the table, with their units', async () => {
    const { host, reader } = rig();
    host.clock.advance(3);
    const { resourceMetrics } = await reader.collect();
    const table = new Map<string, string>(
      Object.values(METRICS).map(({ name, unit }) => [name, unit]),
    );
    const found = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
    expect(found.length).toBeGreaterThan(15);
    for (const { descriptor } of found) expect(table.get(descriptor.name)).toBe(descriptor.unit);
  });

  it('tells which probes work, what became of every reading, and its own cost', async () => {
    const { host, reader } = rig();
    host.clock.advance(3);
    const found = await collect(reader);
    const up = found.codecarbon_probe_up?.map(({ attributes, value }) => [attributes.probe, value]);
    expect(up).toEqual([
      ['rapl', 1],
      ['hwmon', 0],
      ['cpu-model', 1],
      ['ram-model', 1],
    ]);
    const rapl = found.codecarbon_samples?.filter(({ attributes }) => attributes.probe === 'rapl');
    expect(rapl?.map(({ attributes, value }) => [attributes.outcome, value])).toEqual([
      ['first', 1],
      ['ok', 5],
    ]);
    expect(sumOf(found.codecarbon_unmeasured_duration)).toBe(0);
    expect(sumOf(found.codecarbon_overhead_cpu_time)).toBeGreaterThan(0);
    expect(sumOf(found.codecarbon_duration)).toBeCloseTo(3, 9);
  });

  it('adds the hardware conventions on demand, in joules and without PUE', async () => {
    const { host, reader } = rig({ semconv: true, pue: 2 });
    spend(host, 1100);
    host.clock.advance(2);
    const found = await collect(reader);
    const cpu = found['hw.energy']?.find(({ attributes }) => attributes['hw.type'] === 'cpu');
    expect(cpu?.value).toBeCloseTo(100, 6);
    expect(cpu?.attributes).toEqual({ 'hw.id': 'cpu', 'hw.type': 'cpu' });
    const consumed = sumOf(found.codecarbon_energy_consumed) ?? 0;
    expect(sumOf(found['hw.host.energy'])).toBeCloseTo((consumed * 3.6e6) / 2, 6);
    expect(await collect(rig().reader)).not.toHaveProperty(['hw.energy']);
  });
});

describe('providers', () => {
  it.each(['before', 'after'])('measures with a global provider set %s it', async (order) => {
    const host = fixtureHost({ files: machine() });
    const reader = new TestReader();
    const provider = new MeterProvider({ readers: [reader] });
    if (order === 'after') instrument(host);
    await withGlobalProvider(provider, async () => {
      if (order === 'before') instrument(host);
      host.clock.advance(2);
      const { codecarbon_duration: duration } = await collect(reader);
      expect(sumOf(duration)).toBeCloseTo(2, 9);
    });
  });

  it('observes once when the same provider is set globally and explicitly', async () => {
    const host = fixtureHost({ files: machine() });
    const reader = new TestReader();
    const provider = new MeterProvider({ readers: [reader] });
    await withGlobalProvider(provider, async () => {
      const instrumentation = instrument(host);
      instrumentation.setMeterProvider(provider);
      host.clock.advance(2);
      const { codecarbon_duration: duration } = await collect(reader);
      expect(duration).toHaveLength(1);
      instrumentation.disable();
      host.clock.advance(2);
      expect(sumOf((await collect(reader)).codecarbon_duration)).toBeCloseTo(2, 9);
    });
  });

  it('leaves the first provider when it gets another', async () => {
    const { host, reader, instrumentation } = rig();
    const second = new TestReader();
    instrumentation.setMeterProvider(new MeterProvider({ readers: [second] }));
    host.clock.advance(2);
    expect(sumOf((await collect(second)).codecarbon_duration)).toBeCloseTo(2, 9);
    expect(sumOf((await collect(reader)).codecarbon_duration) ?? 0).toBe(0);
  });

  it('shows two readers the same totals, cumulative and delta', async () => {
    const host = fixtureHost({ files: machine() });
    const cumulative = new TestReader();
    const delta = new TestReader(AggregationTemporality.DELTA);
    const provider = new MeterProvider({ readers: [cumulative, delta] });
    instrument(host).setMeterProvider(provider);
    let sum = 0;
    for (const joules of [1010, 1050, 1051, 1400]) {
      spend(host, joules);
      host.clock.advance(1);
      sum += sumOf((await collect(delta)).codecarbon_energy_consumed) ?? 0;
      if (joules === 1051) await collect(cumulative);
    }
    const total = sumOf((await collect(cumulative)).codecarbon_energy_consumed) ?? 0;
    expect(sum).toBeCloseTo(total, 12);
    expect(total).toBeGreaterThan(kWh(400));
  });
});

describe('enable and disable', () => {
  it('observes nothing after disable, and closes its files', async () => {
    const { host, reader, instrumentation } = rig();
    host.clock.advance(2);
    await collect(reader);
    instrumentation.disable();
    expect(host.openFiles()).toEqual([]);
    spend(host, 5000);
    host.clock.advance(2);
    const later = await collect(reader);
    expect(sumOf(later.codecarbon_duration)).toBeCloseTo(2, 9);
  });

  it('goes on after enable, without what happened between', async () => {
    const { host, reader, instrumentation } = rig();
    spend(host, 1100);
    host.clock.advance(2);
    instrumentation.disable();
    spend(host, 5000);
    host.clock.advance(60);
    instrumentation.enable();
    spend(host, 5050);
    host.clock.advance(2);
    const found = await collect(reader);
    expect(sumOf(found.codecarbon_cpu_energy)).toBeCloseTo(kWh(150), 12);
    expect(sumOf(found.codecarbon_duration)).toBeCloseTo(4, 9);
  });

  it('can be constructed without being enabled', async () => {
    const { host, reader, instrumentation } = rig({ enabled: false });
    host.clock.advance(2);
    expect(await collect(reader)).toEqual({});
    instrumentation.enable();
    host.clock.advance(2);
    expect(sumOf((await collect(reader)).codecarbon_duration)).toBeCloseTo(2, 9);
  });

  it('keeps the totals observable after finish', async () => {
    const { host, reader, instrumentation } = rig();
    spend(host, 1100);
    host.clock.advance(2);
    instrumentation.finish();
    spend(host, 5000);
    host.clock.advance(2);
    const found = await collect(reader);
    expect(sumOf(found.codecarbon_cpu_energy)).toBeCloseTo(kWh(100), 12);
    expect(sumOf(found.codecarbon_duration)).toBeCloseTo(2, 9);
  });
});

describe('bad configuration', () => {
  it.each([
    [{ pue: -1 }, 'pue: -1 is not valid; allowed: a number >= 1.'],
    [{ pue: Number.NaN }, 'pue: NaN is not valid; allowed: a number >= 1.'],
    [{ pue: 'much' }, 'pue: "much" is not valid; allowed: a number >= 1.'],
    [{ projektName: 'p' }, 'projektName: no such option. Did you mean projectName?'],
    [{ trackingMode: 'proces' }, 'trackingMode: "proces" is not valid; allowed: machine.'],
    [{ powerModels: 'codecabron' }, 'Did you mean "codecarbon"?'],
    [{ countryIsoCode: 'FRX' }, 'Did you mean FRA (France)'],
  ])('refuses %j', (config, message) => {
    expect(() => new CodeCarbonInstrumentation(config as never)).toThrow(message);
  });
});
