import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { liveLine } from '../../src/cli/live.ts';
import { summary } from '../../src/cli/summary.ts';
import type { Configuration } from '../../src/config/index.ts';
import { CodeCarbonInstrumentation, HOST } from '../../src/instrument/instrumentation.ts';
import { EmissionsMetricReader } from '../../src/reader/index.ts';
import { toRecords } from '../../src/record/index.ts';
import { fanOut } from '../../src/session/fan-out.ts';
import { type FixtureHost, fixtureHost } from '../support/fixture-host.ts';

const ENERGY = '/sys/class/powercap/intel-rapl:0/energy_uj';

/** One socket that uses 80 W, memory that the DIMM model takes for 10 W. */
const machine = (): FixtureHost =>
  fixtureHost({
    files: {
      '/sys/class/powercap/intel-rapl:0/name': 'package-0\n',
      [ENERGY]: '1000000\n',
      '/sys/class/powercap/intel-rapl:0/max_energy_range_uj': '262143328850\n',
      '/proc/meminfo': 'MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n',
    },
    cpuCount: 4,
    memory: { total: 8, free: 4 },
  });

const configuration = (origins: Configuration['origins'] = {}): Configuration => ({
  options: {},
  origins,
  warnings: [],
});

async function measure(
  options: Record<string, unknown>,
  seconds: number,
  host: FixtureHost = machine(),
  before: (second: number) => void = () => {},
) {
  const keeper = fanOut([], () => {});
  const { countryIsoCode, forceCarbonIntensity, ...rest } = options;
  const place = { countryIsoCode, forceCarbonIntensity };
  const reader = new EmissionsMetricReader({ exporter: keeper, ...place } as never);
  const instrumentation = new CodeCarbonInstrumentation({
    ...rest,
    ...place,
    [HOST]: host,
  } as never);
  const provider = new MeterProvider({ readers: [reader] });
  instrumentation.setMeterProvider(provider);
  let energy = 1_000_000;
  for (let second = 0; second < seconds; second += 1) {
    before(second);
    energy += 80_000_000;
    host.write(ENERGY, `${energy}\n`);
    host.clock.advance(1);
  }
  instrumentation.finish();
  await provider.shutdown();
  instrumentation.disable();
  const metrics = keeper.last;
  const record = metrics && toRecords(metrics).records[0];
  if (metrics === undefined || record === undefined) throw new Error('nothing measured');
  return { metrics, record };
}

describe('summary', () => {
  it('tells energy, power, emissions and the method of each component', async () => {
    const { metrics, record } = await measure({ forceCarbonIntensity: 100 }, 45);
    const origins = { forceCarbonIntensity: '--force-carbon-intensity-g-co2e-kwh' };
    const lines = summary({
      record,
      metrics,
      configuration: configuration(origins),
      file: '/a.csv',
    });
    // 80 W and 10 W over 45 s are 3600 J and 450 J: 1 Wh and 0.125 Wh, at 100 g/kWh 0.1 g and 0.0125 g.
    expect(lines).toEqual([
      '',
      '        energy   power     CO2e  how it was obtained',
      'CPU    1.00 Wh  80.0 W   100 mg  measured (RAPL counters)',
      'RAM    125 mWh  10.0 W  12.5 mg  model (watts per memory module)',
      'total  1.13 Wh  90.0 W   113 mg',
      '',
      'measured    45 s of this machine',
      'place       unknown',
      'intensity   100 g CO2e/kWh, given by --force-carbon-intensity-g-co2e-kwh',
      'written to  /a.csv',
    ]);
  });

  it('says who set the place, and PUE and water where they count', async () => {
    const { metrics, record } = await measure({ countryIsoCode: 'FRA', pue: 1.5, wue: 2 }, 45);
    const origins = { countryIsoCode: '.codecarbon.config: country_iso_code' };
    const text = summary({
      record,
      metrics,
      configuration: configuration(origins),
      file: undefined,
    });
    expect(text).toContain('place      France (FRA), from .codecarbon.config: country_iso_code');
    expect(text.join('\n')).toMatch(/intensity {2}[\d.]+ g CO2e\/kWh, country average \d+ of FRA/);
    expect(text).toContain('PUE        1.5, in every figure above');
    // Water is per kWh of the equipment: 1.125 Wh x 2 L/kWh.
    expect(text).toContain('water      2.25 mL (2 L/kWh)');
    expect(text.join('\n')).not.toContain('written to');
  });

  it('says that the world average is no figure of this place, and how to set one', async () => {
    const { metrics, record } = await measure({}, 5);
    const text = summary({ record, metrics, configuration: configuration(), file: undefined });
    expect(text.join('\n')).toMatch(
      /the world average \d+: the country is not known, set it with --country-iso-code/,
    );
  });
});

describe('what is missing', () => {
  const NAMES = {
    '/sys/class/powercap/intel-rapl:1/name': 'package-1\n',
    '/sys/class/powercap/intel-rapl:1/max_energy_range_uj': '262143328850\n',
  };
  const SECOND = '/sys/class/powercap/intel-rapl:1/energy_uj';

  it('of a component that is measured in part is called incomplete, and no total power is told', async () => {
    const host = machine();
    for (const [path, text] of Object.entries(NAMES)) host.write(path, text);
    host.write(SECOND, '5000000\n');
    const { metrics, record } = await measure({}, 40, host, (second) => {
      if (second === 3) host.fail(SECOND, 'EIO');
    });
    const text = summary({ record, metrics, configuration: configuration(), file: undefined });
    expect(text.join('\n')).toMatch(
      /^incomplete +3\d s of the CPU: a part of the energy is missing above$/m,
    );
    expect(text.join('\n')).not.toContain('not measured');
    expect(text.find((line) => line.startsWith('total'))).toMatch(/ - /);
  });

  it('is told with the reason when it could not be written', async () => {
    const { metrics, record } = await measure({}, 5);
    const failures = [new Error('csv: cannot write /a.csv: ENOSPC'), new Error('http: 503')];
    const text = summary({
      record,
      metrics,
      configuration: configuration(),
      file: undefined,
      failures,
    });
    expect(text.slice(-2)).toEqual([
      'not written  csv: cannot write /a.csv: ENOSPC',
      'not written  http: 503',
    ]);
  });
});

it('memory that is counted with the platform has no figures of its own', async () => {
  const host = fixtureHost({
    files: {
      '/sys/class/powercap/intel-rapl:0/name': 'psys\n',
      [ENERGY]: '1000000\n',
      '/sys/class/powercap/intel-rapl:0/max_energy_range_uj': '262143328850\n',
      '/proc/meminfo': 'MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n',
    },
    cpuCount: 4,
    memory: { total: 8, free: 4 },
  });
  const { metrics, record } = await measure({ raplPreferPsys: true }, 45, host);
  const text = summary({ record, metrics, configuration: configuration(), file: undefined });
  expect(text[2]).toMatch(
    /^CPU +1\.00 Wh .*measured \(RAPL counters of the whole platform, psys\)$/,
  );
  expect(text[3]).toMatch(/^RAM +in the CPU line$/);
  expect(text[4]).toMatch(/^total +1\.00 Wh +80\.0 W/);
  expect(liveLine(metrics)).toMatch(/^45 s \| CPU 80\.0 W \| 1\.00 Wh/);
});

it('the live line has time, powers, energy and emissions', async () => {
  const { metrics } = await measure({ forceCarbonIntensity: 100 }, 45);
  expect(liveLine(metrics)).toBe('45 s | CPU 80.0 W | RAM 10.0 W | 1.13 Wh | 113 mg CO2e');
});
