import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
} from '@opentelemetry/sdk-metrics';
import { CodeCarbonInstrumentation, HOST } from '../src/instrument/instrumentation.ts';
import { EmissionsMetricReader } from '../src/reader/index.ts';
import { type FixtureHost, fixtureHost } from '../test/support/fixture-host.ts';

const DAY = 24;
const MINUTES = 60;
const SECONDS = 60;

/** Mebibytes of heap after the 1st and the 24th simulated hour: a sample a second, a collection a minute. */
export async function heapOverADay(): Promise<{ readonly first: number; readonly last: number }> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const host = fixtureHost({ files: machine(0), cpuCount: 2 });
  const reader = new EmissionsMetricReader({
    exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
    exportIntervalMillis: 3_600_000,
    countryIsoCode: 'FRA',
  });
  const provider = new MeterProvider({ readers: [reader] });
  const instrumentation = new CodeCarbonInstrumentation({ [HOST]: host } as object);
  instrumentation.setMeterProvider(provider);

  const heap: number[] = [];
  for (let hour = 0; hour < DAY; hour += 1) {
    for (let minute = 0; minute < MINUTES; minute += 1) {
      passMinute(host, hour * MINUTES + minute);
      await reader.collect();
    }
    collectGarbage();
    heap.push(process.memoryUsage().heapUsed / 2 ** 20);
  }
  instrumentation.disable();
  await provider.shutdown();
  return { first: heap[0] ?? Number.NaN, last: heap.at(-1) ?? Number.NaN };
}

function passMinute(host: FixtureHost, minute: number): void {
  for (let second = 1; second <= SECONDS; second += 1) {
    host.load(machine(minute * SECONDS + second));
    host.clock.advance(1);
  }
}

const RANGE_MICROJOULES = 262_143_328_850;

/** Two CPUs at half load below one package at 80 W, whose counter wraps every 55 minutes. */
function machine(seconds: number): Record<string, string> {
  const domain = '/sys/class/powercap/intel-rapl:0';
  const ticks = seconds * 100;
  return {
    [`${domain}/name`]: 'package-0\n',
    [`${domain}/max_energy_range_uj`]: `${RANGE_MICROJOULES}\n`,
    [`${domain}/energy_uj`]: `${(seconds * 80e6) % RANGE_MICROJOULES}\n`,
    '/proc/stat': `cpu  ${ticks} 0 0 ${ticks} 0 0 0 0 0 0\n`,
    '/proc/meminfo': 'MemTotal: 16777216 kB\nMemFree: 8388608 kB\nMemAvailable: 8388608 kB\n',
  };
}
