import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BoampsMetricExporter,
  type BoampsMetricExporterOptions,
} from '../../../src/exporters/boamps/index.ts';
import { captureDiag } from '../../support/diag.ts';
import { exportTo } from '../export-to.ts';
import { RUN_ID, type RunGiven, steadyRun } from '../run-metrics.ts';
import { schemaErrors, TASK } from './support.ts';

let directory = '';
let logged: ReturnType<typeof captureDiag>;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'boamps-'));
  logged = captureDiag();
});
afterEach(() => {
  logged.stop();
  rmSync(directory, { recursive: true });
});

const METADATA = { boamps: { task: TASK } };

const FACTS = {
  os: 'Linux-6.1.0-x86_64-with-glibc2.36',
  python_version: 'node 20.20.2',
  codecarbon_version: '0.1.0',
  country_name: 'France',
  country_iso_code: 'FRA',
  region: 'ile-de-france',
  cpu_count: 8,
  cpu_model: 'AMD EPYC',
  gpu_count: 0,
  ram_total_size: 16,
  on_cloud: 'N',
  latitude: 48.9,
  longitude: 2.4,
};

/** Runs an exporter to its end, and reads what it wrote. */
async function reportOf(
  run: RunGiven,
  options: BoampsMetricExporterOptions = { metadata: METADATA },
): Promise<Report> {
  const exporter = new BoampsMetricExporter({ outputDir: directory, ...options });
  await exportTo(exporter, run);
  await exporter.shutdown();
  return readReport(exporter.pathOf(run.runId ?? RUN_ID));
}

const readReport = (path: string): Report => JSON.parse(readFileSync(path, 'utf8')) as Report;

interface Report {
  readonly [section: string]: unknown;
  readonly measures: readonly Readonly<Record<string, unknown>>[];
  readonly infrastructure: { readonly components: readonly Readonly<Record<string, unknown>>[] };
}

describe('the report of a run', () => {
  it('is valid once the task is given, and says what was measured', async () => {
    const report = await reportOf(steadyRun(3600, { info: FACTS }));
    expect(schemaErrors(report)).toEqual([]);
    expect(logged.messages('warn')).toEqual([]);
    expect(report).toEqual({
      header: {
        formatVersion: '0.1',
        formatVersionSpecificationUri: 'https://github.com/Boavizta/BoAmps/tree/main/model',
        reportId: RUN_ID,
        reportDatetime: localTime(1_750_003_600),
      },
      task: TASK,
      measures: [
        {
          measurementMethod: 'opentelemetry-instrumentation-codecarbon',
          version: '0.1.0',
          cpuTrackingMode: 'rapl',
          // A quarter of the time busy; an hour at 60 W and 10 W.
          averageUtilizationCpu: 0.25,
          powerConsumption: 0.07,
          measurementDuration: 3600,
          measurementDateTime: localTime(1_750_000_000),
        },
      ],
      system: { os: 'Linux-6.1.0-x86_64-with-glibc2.36' },
      software: { language: 'javascript', version: 'node 20.20.2' },
      infrastructure: {
        infraType: 'onPremise',
        components: [
          { componentName: 'AMD EPYC', componentType: 'cpu', nbComponent: 8 },
          { componentType: 'ram', nbComponent: 1, memorySize: 16 },
        ],
      },
      environment: {
        country: 'France',
        latitude: 48.9,
        longitude: 2.4,
        location: 'ile-de-france',
        powerSourceCarbonIntensity: 100,
      },
    });
  });

  it('has its sections in the order of the format', async () => {
    const context = { quality: 'high', task: TASK, header: { reportStatus: 'final' } };
    const report = await reportOf(steadyRun(1, { info: FACTS }), { metadata: context });
    expect(Object.keys(report)).toEqual([
      ...['header', 'task', 'measures', 'system', 'software'],
      ...['infrastructure', 'environment', 'quality'],
    ]);
  });

  it('is valid without a known place or emissions: what is unknown is left out', async () => {
    const { emissions: _, ...points } = steadyRun(1).points ?? {};
    const info = { cpu_count: 2, on_cloud: 'N', latitude: 1, longitude: 2 };
    const report = await reportOf({ points, info });
    expect(schemaErrors(report)).toEqual([]);
    expect(report.environment).toBeUndefined();
    expect(report.system).toBeUndefined();
    expect(JSON.stringify(report)).not.toContain('null');
  });

  it('tells GPUs and the cloud', async () => {
    const gpu = { method: 'nvml', gpu: '0' };
    const report = await reportOf(
      steadyRun(10, {
        info: {
          ...{ ...FACTS, on_cloud: 'Y', cloud_provider: 'gcp', cloud_region: 'europe-west1' },
          ...{ gpu_count: 2, gpu_model: '2 x NVIDIA H100' },
        },
        points: {
          gpuEnergy: [
            [0.5, gpu],
            [0.5, { ...gpu, gpu: '1' }],
          ],
          gpuBusy: [
            [10, { gpu: '0' }],
            [5, { gpu: '1' }],
          ],
        },
      }),
    );
    expect(schemaErrors(report)).toEqual([]);
    expect(report.infrastructure).toMatchObject({ infraType: 'publicCloud', cloudProvider: 'gcp' });
    expect(report.infrastructure.components).toContainEqual({
      componentName: '2 x NVIDIA H100',
      componentType: 'gpu',
      nbComponent: 2,
    });
    expect(report.measures[0]).toMatchObject({
      gpuTrackingMode: 'nvml',
      averageUtilizationGpu: 0.75,
    });
  });

  it('names every method that the energy comes from, the one with most energy first', async () => {
    const cpuEnergy = [
      [0.001, { method: 'load_model' }],
      [0.004, { method: 'rapl' }],
      [0, { method: 'hwmon' }],
    ] as const;
    const report = await reportOf(steadyRun(1, { info: FACTS, points: { cpuEnergy } }));
    expect(report.measures[0]?.cpuTrackingMode).toBe('rapl+load_model');
  });
});

describe('what the user says about the task', () => {
  it('wins over what was measured, field by field', async () => {
    const boamps = {
      task: TASK,
      header: { licensing: 'CC BY 4.0', publisher: { confidentialityLevel: 'public' } },
      measures: [
        { powerCalibrationMeasurement: 0.01 },
        { measurementMethod: 'wattmeter', powerConsumption: 0.08 },
      ],
      system: { distribution: 'debian' },
      software: { language: 'python', version: '3.12' },
      infrastructure: {
        infraType: 'privateCloud',
        components: [
          { componentType: 'cpu', nbComponent: 1, family: 'Epyc', componentName: null },
          { componentType: 'hdd', nbComponent: 2 },
        ],
      },
      environment: { powerSource: 'wind', country: 'Germany' },
      quality: 'medium',
    };
    const report = await reportOf(steadyRun(3600, { info: FACTS }), { metadata: { boamps } });
    expect(schemaErrors(report)).toEqual([]);
    expect(report).toMatchObject({
      header: { reportId: RUN_ID, licensing: 'CC BY 4.0' },
      measures: [
        { powerConsumption: 0.07, powerCalibrationMeasurement: 0.01 },
        { measurementMethod: 'wattmeter', powerConsumption: 0.08 },
      ],
      system: { os: FACTS.os, distribution: 'debian' },
      software: { language: 'python', version: '3.12' },
      environment: { country: 'Germany', powerSource: 'wind', latitude: 48.9 },
      quality: 'medium',
    });
    expect(report.infrastructure).toEqual({
      infraType: 'privateCloud',
      components: [
        { componentName: 'AMD EPYC', componentType: 'cpu', nbComponent: 1, family: 'Epyc' },
        { componentType: 'hdd', nbComponent: 2 },
        { componentType: 'ram', nbComponent: 1, memorySize: 16 },
      ],
    });
  });

  it('fills two components of one type with nothing: whose is it?', async () => {
    const components = [
      { componentType: 'cpu', nbComponent: 1 },
      { componentType: 'cpu', nbComponent: 3 },
    ];
    const metadata = { boamps: { task: TASK, infrastructure: { components } } };
    const report = await reportOf(steadyRun(1, { info: FACTS }), { metadata });
    expect(report.infrastructure.components.slice(0, 2)).toEqual(components);
  });

  it.each([
    ['under the key boamps', METADATA],
    ['at the root, as CodeCarbon also takes it', { task: TASK, comet: { workspace: 'w' } }],
  ])('may stand in a file, %s', async (_, content) => {
    const metadata = join(directory, 'metadata.json');
    writeFileSync(metadata, `\uFEFF${JSON.stringify(content)}`);
    const report = await reportOf(steadyRun(1, { info: FACTS }), { metadata });
    expect(schemaErrors(report)).toEqual([]);
    expect(logged.messages('warn')).toEqual([]);
    expect(report.comet).toBeUndefined();
  });

  it('is said to be missing before the work begins, once, field by field', async () => {
    const exporter = new BoampsMetricExporter({ outputDir: directory });
    const [early, ...others] = logged.messages('warn');
    expect(others).toEqual([]);
    for (const field of ['taskStage', 'taskFamily', 'algorithms', 'dataset']) {
      expect(early).toContain(`task.${field} is missing`);
    }
    expect(early).toContain('"boamps"');
    await exportTo(exporter, steadyRun(1, { info: FACTS }));
    await exporter.shutdown();
    expect(logged.messages('warn')).toEqual([early]);
    const paths = schemaErrors(readReport(exporter.pathOf(RUN_ID)));
    expect(paths.map(({ message }) => message)).toEqual(["must have required property 'task'"]);
  });

  it('is told what is wrong with it, and what is allowed', async () => {
    const metadata = { boamps: { task: { ...TASK, measuredAccuracy: 97 }, quality: 'best' } };
    const report = await reportOf(steadyRun(1, { info: FACTS }), { metadata });
    expect(schemaErrors(report)).toHaveLength(2);
    const said = logged.messages('warn').join('\n');
    expect(said).toContain('task.measuredAccuracy is not a number from 0 to 1');
    expect(said).toContain('quality is not one of: high, medium, low');
  });

  it('is told of keys that are no section, with the nearest right word', async () => {
    await reportOf(steadyRun(1, { info: FACTS }), {
      metadata: { boamps: { task: TASK, enviroment: {} } },
    });
    expect(logged.messages('warn')).toEqual([
      'opentelemetry-instrumentation-codecarbon boamps: metadata: boamps.enviroment is no section of a BoAmps report; it is ignored. Did you mean environment?',
    ]);
  });

  it.each<[string, unknown, RegExp]>([
    [
      'a file that is not there',
      '/nonexistent/m.json',
      /\/nonexistent\/m\.json cannot be read \(ENOENT\)/,
    ],
    ['a text that is no path', ' ', /allowed: the path of a JSON file, or an object/],
    ['a list', [], /allowed: the path of a JSON file, or an object/],
    ['a boamps that is no object', { boamps: 'task' }, /its key boamps is not an object/],
    ['a task that is no object', { boamps: { task: 'chatbot' } }, /boamps\.task is not an object/],
    ['measures that are no list', { boamps: { measures: {} } }, /boamps\.measures is not a list/],
  ])('is an error at construction: %s', (_, metadata, message) => {
    expect(() => new BoampsMetricExporter({ metadata: metadata as never })).toThrow(message);
  });

  it.each([
    ['{ "boamps": ', /metadata: .*m\.json is not JSON: /],
    ['[]', /m\.json does not hold a JSON object/],
  ])('is an error at construction: a file with %s', (content, message) => {
    const metadata = join(directory, 'm.json');
    writeFileSync(metadata, content);
    expect(() => new BoampsMetricExporter({ metadata })).toThrow(message);
  });
});

describe('the file', () => {
  it('is named as CodeCarbon names it, in a directory that is made', async () => {
    const exporter = new BoampsMetricExporter({ outputDir: join(directory, 'a', 'b') });
    await exportTo(exporter, steadyRun(1));
    expect(readdirSync(directory)).toEqual([]);
    await exporter.shutdown();
    expect(readdirSync(join(directory, 'a', 'b'))).toEqual([`boamps_report_${RUN_ID}.json`]);
  });

  it('is written at every export with `live`', async () => {
    const exporter = new BoampsMetricExporter({ outputDir: directory, live: true });
    for (const seconds of [1, 2]) {
      await exportTo(exporter, steadyRun(seconds));
      const [measure] = readReport(exporter.pathOf(RUN_ID)).measures;
      expect(measure?.measurementDuration).toBe(seconds);
    }
    await exporter.shutdown();
  });

  it('never leaves its directory, whatever a run is called', async () => {
    await reportOf(steadyRun(1, { runId: '../../etc/x\0y' }));
    expect(readdirSync(directory)).toEqual(['boamps_report_.._.._etc_x_y.json']);
  });

  it('that cannot be written is an error with path and errno, and leaves nothing behind', async () => {
    writeFileSync(join(directory, 'out'), '');
    const exporter = new BoampsMetricExporter({ outputDir: join(directory, 'out'), live: true });
    const { error } = await exportTo(exporter, steadyRun(1));
    expect(error?.message).toMatch(
      /^boamps: cannot write .*out.boamps_report_.*: (ENOTDIR|EEXIST)/,
    );
    await exporter.shutdown();
    expect(readdirSync(directory)).toEqual(['out']);
  });
});

/** As the format wants times, made by another part of the language. */
const localTime = (seconds: number): string =>
  new Date(seconds * 1e3).toLocaleString('sv-SE').replace('T', ' ');
