import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { counterOf, powercapTree } from '../../src/probes/rapl/fixture.ts';
import { EmissionsMetricReader } from '../../src/reader/index.ts';
import { fixtureHost } from '../support/fixture-host.ts';
import { collect, instrument, machine, pointsOf, rig, spend, sumOf } from './support.ts';

const JOULES_PER_KWH = 3.6e6;

const twoSockets = () => ({
  ...machine(0),
  ...powercapTree({
    'intel-rapl:0': { name: 'package-0', energy: 0 },
    'intel-rapl:1': { name: 'package-1', energy: 0 },
  }),
});

const cpuUnmeasured = (found: Awaited<ReturnType<typeof collect>>): number | undefined =>
  found.codecarbon_unmeasured_duration?.find(({ attributes }) => attributes.component === 'cpu')
    ?.value;

describe('a gap that is open at the end', () => {
  it('of one of two sockets is shown as unmeasured', async () => {
    const { host, reader, instrumentation } = rig({}, twoSockets());
    for (let second = 1; second <= 10; second += 1) {
      host.write(counterOf('intel-rapl:0'), `${second * 80e6}\n`);
      host.write(counterOf('intel-rapl:1'), `${second * 80e6}\n`);
      if (second > 1) host.fail(counterOf('intel-rapl:1'), 'EIO');
      host.clock.advance(1);
    }
    instrumentation.finish();
    const found = await collect(reader);
    expect(cpuUnmeasured(found)).toBeCloseTo(9, 6);
  });

  it('of the only counter is covered by the model', async () => {
    const { host, reader, instrumentation } = rig();
    spend(host, 1080);
    host.clock.advance(1);
    host.fail(counterOf('intel-rapl:0'), 'EIO');
    host.clock.advance(5);
    instrumentation.finish();
    const found = await collect(reader);
    const methods = found.codecarbon_cpu_energy?.map(({ attributes }) => attributes.method);
    expect(methods).toEqual(['rapl', 'load_model']);
    expect(cpuUnmeasured(found)).toBe(0);
  });
});

describe('with our reader', () => {
  const withReader = () => {
    const host = fixtureHost({ files: machine() });
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new EmissionsMetricReader({ exporter, exportIntervalMillis: 3600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    instrument(host).setMeterProvider(provider);
    return { host, exporter, reader, provider };
  };

  it('a gap that is open when the provider shuts down is covered before the last collection', async () => {
    const { host, exporter, provider } = withReader();
    spend(host, 1080);
    host.clock.advance(1);
    await provider.forceFlush();
    host.fail(counterOf('intel-rapl:0'), 'EIO');
    host.clock.advance(5);
    await provider.shutdown();
    const last = exporter.getMetrics().at(-1);
    const found = last === undefined ? {} : pointsOf(last);
    const methods = found.codecarbon_cpu_energy?.map(({ attributes }) => attributes.method);
    expect(methods).toEqual(['rapl', 'load_model']);
  });

  it('no power is shown that is not measured any more', async () => {
    const { host, reader } = withReader();
    host.clock.advance(3);
    expect(pointsOf((await reader.collect()).resourceMetrics)).toHaveProperty(
      'codecarbon_cpu_power',
    );
    host.fail(counterOf('intel-rapl:0'), 'EIO');
    host.fail('/proc/stat', 'EIO');
    host.clock.advance(40);
    await reader.collect();
    const later = pointsOf((await reader.collect()).resourceMetrics);
    expect(later).not.toHaveProperty('codecarbon_cpu_power');
    expect(later).toHaveProperty('codecarbon_ram_power');
    expect(cpuUnmeasured(later)).toBeGreaterThan(30);
  });
});

describe('power', () => {
  it('is not told while one of two sockets is behind', async () => {
    const { host, reader } = rig({}, twoSockets());
    for (let second = 1; second <= 5; second += 1) {
      host.write(counterOf('intel-rapl:0'), `${second * 40e6}\n`);
      host.write(counterOf('intel-rapl:1'), `${second * 40e6}\n`);
      host.clock.advance(1);
    }
    expect(sumOf((await collect(reader)).codecarbon_cpu_power)).toBeCloseTo(80, 6);
    host.fail(counterOf('intel-rapl:1'), 'EIO');
    for (let second = 6; second <= 8; second += 1) {
      host.write(counterOf('intel-rapl:0'), `${second * 40e6}\n`);
      host.clock.advance(1);
    }
    expect(sumOf((await collect(reader)).codecarbon_cpu_power)).toBeCloseTo(80, 6);
    host.write(counterOf('intel-rapl:0'), `${9 * 40e6}\n`);
    host.write(counterOf('intel-rapl:1'), `${9 * 40e6}\n`);
    host.clock.advance(1);
    expect(sumOf((await collect(reader)).codecarbon_cpu_power)).toBeCloseTo(80, 6);
  });
});

describe('memory in use', () => {
  it('is not integrated while it cannot be read', async () => {
    const { host, reader } = rig();
    host.clock.advance(5);
    const before = sumOf((await collect(reader)).codecarbon_ram_usage);
    host.fail('/proc/meminfo', 'EIO');
    host.clock.advance(1);
    await collect(reader);
    host.clock.advance(30);
    const after = sumOf((await collect(reader)).codecarbon_ram_usage);
    expect(before).toBeCloseTo(4 * 5, 6);
    expect(after).toBeCloseTo(4 * 6, 6);
  });
});

describe('the platform’s counter', () => {
  it('is the host’s energy in the hardware conventions, never a component’s', async () => {
    const files = {
      ...machine(0),
      ...powercapTree({
        'intel-rapl:0': { name: 'package-0', energy: 0 },
        'intel-rapl:1': { name: 'psys', energy: 0 },
      }),
    };
    const { host, reader } = rig({ raplPreferPsys: true, semconv: true }, files);
    host.write(counterOf('intel-rapl:1'), `${500e6}\n`);
    host.clock.advance(2);
    const found = await collect(reader);
    expect(found['hw.energy']).toBeUndefined();
    expect(sumOf(found['hw.host.energy'])).toBeCloseTo(500, 6);
    expect(sumOf(found.codecarbon_cpu_energy)).toBeCloseTo(500 / JOULES_PER_KWH, 12);
    expect(sumOf(found.codecarbon_ram_energy)).toBe(0);
  });
});
