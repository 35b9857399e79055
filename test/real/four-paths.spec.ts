import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DERIVED_METRICS, METRICS, type MetricDefinition } from '../../src/semconv.ts';
import { type App, startApp } from './drive.ts';
import { bySeries, parseExposition, query, type Series } from './series.ts';
import {
  type Server,
  startCollector,
  startPrometheus,
  startPushgateway,
  until,
} from './servers.ts';

type Path = () => Promise<readonly Series[]>;

/** Signs that have to be escaped, and one beyond ASCII. */
const PROJECT = 'le "café" \\ n°1/2';
const PUE = 1.25;
const WUE = 1.8;
const SERVICE = 'shop';

/** What moves with the time or with every sample, however still the counters stand. */
const MOVING = [
  METRICS.duration,
  METRICS.cpuPower,
  METRICS.ramPower,
  METRICS.cpuUtilization,
  METRICS.ramUtilization,
  METRICS.cpuBusy,
  METRICS.ramUsed,
  METRICS.ramUsage,
  METRICS.samples,
  METRICS.overheadCpuTime,
  METRICS.overheadEnergy,
].map(prometheusName);

describe.each([
  { temporality: 'cumulative', delta: false },
  { temporality: 'delta', delta: true },
])('four paths, OTLP $temporality', ({ temporality, delta }) => {
  const instance = `shop-${temporality}`;
  const stops: (() => Promise<void>)[] = [];
  let app: App;
  let paths: Readonly<Record<string, Path>>;

  beforeAll(async () => {
    const servers = await startServers(stops);
    app = await startApp({
      service: SERVICE,
      instance,
      pushgateway: servers.pushgateway.url,
      collectors: [servers.collector.url, servers.fleet.url],
      delta,
      options: { projectName: PROJECT, pue: PUE, semconv: true },
      place: { countryIsoCode: 'FRA', wue: WUE },
    });
    stops.push(app.stop);
    paths = pathsOf(app, servers);
  });

  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  it('give the same energy and emissions while the program measures on', async () => {
    await app.do('use', { cpu: 31.25, ram: 4.5, millis: 400 });
    await app.do('collect');
    await app.do('use', { cpu: 12.5, ram: 1.5, millis: 300 });
    await app.do('collect');
    const still = (series: readonly Series[]) =>
      ours(series).filter(({ name }) => !MOVING.includes(name));
    await expectEqualPaths(paths, still);
    expect(totalOf(await read(paths), 'codecarbon_cpu_energy_total')).toBeCloseTo(
      ((31.25 + 12.5) / 3.6e6) * PUE,
      15,
    );
  });

  it('give the same of every metric once the run has ended', async () => {
    await app.do('use', { cpu: 20, ram: 2, millis: 1200 });
    await app.do('finish');
    await app.do('collect');
    const series = await expectEqualPaths(paths, ours);
    const names = new Set(series.map(({ name }) => name));
    expect([...names].sort()).toEqual(EMITTED);
  });

  it('give the energy that was used, and emissions that follow from it', async () => {
    const series = await read(paths);
    const energy = ((31.25 + 12.5 + 20 + 4.5 + 1.5 + 2) / 3.6e6) * PUE;
    expect(totalOf(series, 'codecarbon_energy_consumed_total')).toBeCloseTo(energy, 15);
    const intensity = totalOf(series, 'codecarbon_carbon_intensity');
    expect(intensity).toBeGreaterThan(10);
    expect(totalOf(series, 'codecarbon_emissions_total')).toBeCloseTo(
      (energy * intensity) / 1000,
      15,
    );
    expect(totalOf(series, 'codecarbon_water_consumed_total')).toBeCloseTo(
      (energy / PUE) * WUE,
      15,
    );
    expect(totalOf(series, 'codecarbon_emissions_rate')).toBeGreaterThan(0);
  });

  it('say whose they are in job and instance', async () => {
    for (const [path, job] of Object.entries(JOBS)) {
      const series = ours((await paths[path]?.()) ?? []);
      expect(new Set(series.map(({ labels }) => `${labels.job} ${labels.instance}`))).toEqual(
        new Set([`${job} ${instance}`]),
      );
    }
  });

  it('give the hardware conventions under names with units, but in the process itself', async () => {
    const names = async (path: string) => [
      ...new Set(
        ((await paths[path]?.()) ?? []).map(({ name }) => name).filter((name) => /^hw_/.test(name)),
      ),
    ];
    const own = ['hw_energy_total', 'hw_host_energy_total', 'hw_host_power', 'hw_power'];
    const translated = [
      'hw_energy_joules_total',
      'hw_host_energy_joules_total',
      'hw_host_power_watts',
      'hw_power_watts',
    ];
    expect((await names(SCRAPE)).sort()).toEqual(own);
    expect((await names(EXPORTER)).sort()).toEqual(translated);
    expect((await names(WRITTEN)).sort()).toEqual(translated);
    const joules = (series: readonly Series[]) =>
      series.find(({ name }) => /^hw_host_energy/.test(name))?.value;
    for (const path of [SCRAPE, EXPORTER, WRITTEN]) {
      expect(joules((await paths[path]?.()) ?? [])).toBeCloseTo(71.75, 8);
    }
  });
});

const SCRAPE = 'scrape of the process';
const PUSHED = 'Pushgateway';
const EXPORTER = "the Collector's Prometheus exporter";
const WRITTEN = 'remote write into Prometheus';
const PUSHED_AND_SCRAPED = 'Prometheus, through the Pushgateway';
const EXPORTED_AND_SCRAPED = 'Prometheus, through the Collector';

/** By OTLP the job is the service. */
const JOBS: Readonly<Record<string, string>> = {
  [PUSHED]: 'codecarbon',
  [EXPORTER]: SERVICE,
  [WRITTEN]: SERVICE,
  [PUSHED_AND_SCRAPED]: 'codecarbon',
  [EXPORTED_AND_SCRAPED]: SERVICE,
};

/** Everything that is emitted on a machine without GPU, under the names that Prometheus sees. */
const EMITTED = [...Object.values(METRICS), ...Object.values(DERIVED_METRICS)]
  .map(prometheusName)
  .filter((name) => !name.startsWith('codecarbon_gpu_'))
  .sort();

function prometheusName({ name, kind }: MetricDefinition): string {
  return kind === 'counter' ? `${name}_total` : name;
}

async function startServers(stops: (() => Promise<void>)[]) {
  const keep = <Started extends Server>(server: Started): Started => {
    stops.push(server.stop);
    return server;
  };
  const pushgateway = keep(await startPushgateway());
  const written = keep(
    await startPrometheus({
      config: 'collector-config/fleet/prometheus.yml',
      args: ['--web.enable-remote-write-receiver'],
    }),
  );
  const collector = keep(await startCollector('collector-config/collector.yaml'));
  const fleet = keep(
    await startCollector('collector-config/fleet/collector.yaml', {
      PROMETHEUS_URL: `${written.url}/api/v1/write`,
    }),
  );
  const addresses = {
    'collector:8889': collector.prometheus,
    'collector:8888': collector.telemetry,
    'pushgateway:9091': new URL(pushgateway.url).host,
  };
  const scraping = keep(
    await startPrometheus({ config: 'collector-config/prometheus.yml', addresses }),
  );
  return { pushgateway, written, collector, fleet, scraping };
}

function pathsOf(
  app: App,
  { pushgateway, written, collector, scraping }: Awaited<ReturnType<typeof startServers>>,
): Readonly<Record<string, Path>> {
  const scrape = async (url: string): Promise<readonly Series[]> =>
    parseExposition(await (await fetch(url)).text());
  return {
    [SCRAPE]: () => scrape(app.url),
    [PUSHED]: () => scrape(`${pushgateway.url}/metrics`),
    [EXPORTER]: () => scrape(`http://${collector.prometheus}/metrics`),
    [WRITTEN]: () => query(written.url, `{job="${SERVICE}"}`),
    [PUSHED_AND_SCRAPED]: () => query(scraping.url, '{job="codecarbon"}'),
    [EXPORTED_AND_SCRAPED]: () => query(scraping.url, `{job="${SERVICE}"}`),
  };
}

/** Our metrics; the Pushgateway alone says when it was pushed to. */
const ours = (series: readonly Series[]): readonly Series[] =>
  series.filter(
    ({ name }) =>
      name.startsWith('codecarbon_') && name !== 'codecarbon_last_push_timestamp_seconds',
  );

/** Labels by which the paths may differ: whose the series are, and which library made them. */
const OTHER = /^(job|instance|otel_scope_.*)$/;

/**
 * Waits until all paths say the same as the process itself, and fails with the first difference otherwise.
 * Returns what the process says.
 */
async function expectEqualPaths(
  paths: Readonly<Record<string, Path>>,
  pick: (series: readonly Series[]) => readonly Series[],
): Promise<readonly Series[]> {
  const series = pick(await read(paths));
  const expected = bySeries(series, OTHER);
  for (const [path, readPath] of Object.entries(paths)) {
    await until(path, async () => differences(expected, bySeries(pick(await readPath()), OTHER)));
  }
  return series;
}

const read = async (paths: Readonly<Record<string, Path>>): Promise<readonly Series[]> =>
  (await paths[SCRAPE]?.()) ?? [];

const MOST_DIFFERENT = 1e-9;

/** What is missing, too many, or another value. */
function differences(
  expected: ReadonlyMap<string, number>,
  actual: ReadonlyMap<string, number>,
): readonly string[] {
  const missing = [...expected.keys()].filter((key) => !actual.has(key));
  const more = [...actual.keys()].filter((key) => !expected.has(key));
  const other = [...expected].filter(([key, value]) => {
    const found = actual.get(key) ?? value;
    return Math.abs(found - value) > MOST_DIFFERENT * Math.abs(value);
  });
  return [
    ...missing.map((key) => `missing ${key}`),
    ...more.map((key) => `unexpected ${key}`),
    ...other.map(([key, value]) => `${key}: ${actual.get(key)} instead of ${value}`),
  ];
}

function totalOf(series: readonly Series[], wanted: string): number {
  const values = series.filter(({ name }) => name === wanted).map(({ value }) => value);
  if (values.length === 0) throw new Error(`no ${wanted}`);
  return values.reduce((sum, value) => sum + value, 0);
}
