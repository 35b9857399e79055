import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REPORT } from '../../../src/exporters/boamps/format.ts';
import type { JsonObject } from '../../../src/exporters/boamps/rules.ts';
import { schemaErrors, TASK } from './support.ts';

/** Every field of the format, each with a value that it allows. */
const FULL: JsonObject = {
  header: {
    licensing: 'CC BY 4.0',
    formatVersion: '0.1',
    formatVersionSpecificationUri: 'https://example.org',
    reportId: 'r',
    reportDatetime: '2026-03-01 12:30:00',
    reportStatus: 'draft',
    publisher: {
      name: 'n',
      division: 'd',
      projectName: 'p',
      confidentialityLevel: 'public',
      publicKey: 'k',
    },
  },
  task: {
    ...TASK,
    algorithms: [
      {
        trainingType: 't',
        algorithmType: 't',
        algorithmName: 't',
        algorithmUri: 't',
        foundationModelName: 't',
        foundationModelUri: 't',
        parametersNumber: 8,
        framework: 't',
        frameworkVersion: 't',
        classPath: 't',
        layersNumber: 3,
        epochsNumber: 3,
        optimizer: 't',
        quantization: 't',
      },
    ],
    dataset: [
      {
        dataUsage: 'output',
        dataType: 'image',
        dataFormat: 'jpeg',
        dataSize: 1,
        dataQuantity: 2,
        shape: '(1, 2)',
        source: 'public',
        sourceUri: 't',
        owner: 't',
      },
    ],
    measuredAccuracy: 0.5,
    estimatedAccuracy: 'good',
    taskDescription: 't',
  },
  measures: [
    {
      measurementMethod: 'm',
      manufacturer: 'm',
      version: '1',
      cpuTrackingMode: 'rapl',
      gpuTrackingMode: 'nvml',
      averageUtilizationCpu: 0.5,
      averageUtilizationGpu: 1,
      powerCalibrationMeasurement: 0.1,
      durationCalibrationMeasurement: 1,
      powerConsumption: 0.2,
      measurementDuration: 3,
      measurementDateTime: '2026-03-01 12:30:00',
    },
  ],
  system: { os: 'linux', distribution: 'd', distributionVersion: '1' },
  software: { language: 'javascript', version: '20' },
  infrastructure: {
    infraType: 'onPremise',
    cloudProvider: 'ovh',
    cloudInstance: 'i',
    cloudService: 's',
    components: [
      {
        componentName: 'n',
        componentType: 'gpu',
        nbComponent: 2,
        memorySize: 32,
        manufacturer: 'm',
        family: 'f',
        series: 's',
        share: 0.5,
      },
    ],
  },
  environment: {
    country: 'France',
    latitude: 48.6,
    longitude: 2.3,
    location: 'Paris',
    powerSupplierType: 'public',
    powerSource: 'wind',
    powerSourceCarbonIntensity: 12,
  },
  quality: 'high',
};

type Path = readonly (string | number)[];

const PATHS = pathsOf(FULL);

const strange = fc.oneof(
  fc.constantFrom(undefined, null, '', 'strange', 'input', 'public', 'json', 'other', [], {}, [{}]),
  fc.constantFrom(0, 1, -1, 1.5, 2, true),
);

describe('the rules of the format', () => {
  it('find nothing wrong with a report of every field, nor do the schemas', () => {
    expect(REPORT(FULL, '')).toEqual([]);
    expect(schemaErrors(FULL)).toEqual([]);
  });

  it('know every field of the schemas: a value of no allowed kind is wrong in each', () => {
    for (const path of PATHS) {
      const broken = replaced(FULL, path, Symbol.for('nothing that is allowed'));
      expect(REPORT(broken, ''), path.join('.')).not.toEqual([]);
    }
  });

  it('are at one with the schemas about reports that something was done to', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...PATHS), strange), { minLength: 1, maxLength: 3 }),
        (changes) => {
          const report = changes.reduce(
            (changed, [path, value]) => replaced(changed, path, value),
            FULL,
          );
          const json: unknown = JSON.parse(JSON.stringify(report));
          const own = REPORT(json, '').map(({ path }) => path);
          expect(own.length > 0, `${own}`).toBe(schemaErrors(json).length > 0);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('name what is missing down to the field', () => {
    const paths = REPORT({ measures: FULL.measures }, '').map(({ path }) => path);
    expect(paths).toEqual([
      'task.taskStage',
      'task.taskFamily',
      'task.algorithms',
      'task.dataset',
      'infrastructure.infraType',
      'infrastructure.components',
    ]);
  });

  it('name what is wrong, and what is allowed', () => {
    const wrong = replaced(FULL, ['task', 'dataset', 0, 'dataType'], 'picture');
    expect(REPORT(wrong, '')).toEqual([
      {
        kind: 'wrong',
        path: 'task.dataset[0].dataType',
        allowed: 'one of: tabular, audio, boolean, image, video, object, text, token, word, other',
      },
    ]);
  });
});

function pathsOf(value: unknown, here: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [here];
  const entries = Object.entries(value).map(
    ([key, part]) => [Array.isArray(value) ? Number(key) : key, part] as const,
  );
  const below = entries.flatMap(([key, part]) => pathsOf(part, [...here, key]));
  return here.length === 0 ? below : [here, ...below];
}

/** The same with another value at a path; unchanged where the path leads nowhere. */
function replaced<Value>(whole: Value, [key, ...rest]: Path, value: unknown): Value {
  if (key === undefined) return value as Value;
  if (typeof whole !== 'object' || whole === null || !(key in whole)) return whole;
  const part = replaced((whole as Record<string | number, unknown>)[key], rest, value);
  if (Array.isArray(whole)) return whole.with(Number(key), part) as Value;
  return { ...whole, [key]: part };
}
