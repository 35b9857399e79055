import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toReport } from '../../../src/exporters/boamps/serialize.ts';
import { recordOf } from '../csv/support.ts';
import { schemaErrors } from './support.ts';

/** What CodeCarbon 3.3.2 wrote: OfflineEmissionsTracker, a task in the metadata, 3 s on a machine of one CPU with two threads. */
const theirs = JSON.parse(
  readFileSync(new URL('data/codecarbon_3.3.2.json', import.meta.url), 'utf8'),
) as Report;

interface Report {
  readonly header: object;
  readonly task: object;
  readonly measures: readonly [
    { readonly powerConsumption: number; readonly measurementDuration: number },
  ];
  readonly infrastructure: { readonly components: readonly object[] };
  readonly environment: object;
}

const [measure] = theirs.measures;

/** The same run, as our record has it. */
const record = recordOf({
  timestamp: '2026-03-01T18:46:39',
  project_name: 'codecarbon',
  run_id: '8347cd14-76fe-4596-9a50-4c6f2f37b33c',
  codecarbon_version: '3.3.2',
  duration: measure.measurementDuration,
  energy_consumed: measure.powerConsumption,
  emissions: measure.powerConsumption * 0.04,
  country_name: 'France',
  country_iso_code: 'FRA',
  os: 'Linux-6.1.0-x86_64-with-glibc2.36',
  python_version: '3.11.7',
  cpu_count: 2,
  cpu_model: 'AMD EPYC',
  gpu_count: 0,
  cpu_utilization_percent: 0,
  ram_total_size: 23.540584564208984,
  on_cloud: 'N',
});

const METADATA = {
  task: theirs.task,
  header: { publisher: { confidentialityLevel: 'public' } },
};

describe("CodeCarbon's report of the same run", () => {
  it('is valid, as ours is', () => {
    expect(schemaErrors(theirs)).toEqual([]);
    expect(schemaErrors(toReport(record, { cpu: 'rapl' }, METADATA))).toEqual([]);
  });

  it('is ours but for what it leaves out, and what we know better', () => {
    expect(toReport(record, { cpu: 'rapl' }, METADATA)).toEqual({
      ...theirs,
      measures: [
        {
          ...measure,
          // Who measured.
          measurementMethod: 'opentelemetry-instrumentation-codecarbon',
          // The format asks when the measurement began; theirs is when it ended.
          measurementDateTime: '2026-03-01 18:46:35',
          // Measured or guessed?
          cpuTrackingMode: 'rapl',
          // Theirs leaves out a load of 0.
          averageUtilizationCpu: 0,
        },
      ],
      software: { language: 'javascript', version: '3.11.7' },
      infrastructure: {
        ...theirs.infrastructure,
        components: [
          // Theirs halves the number of logical CPUs, on machines without hyper-threading too.
          { componentName: 'AMD EPYC', componentType: 'cpu', nbComponent: 2 },
          ...theirs.infrastructure.components.slice(1),
        ],
      },
      // What the emissions were computed with, which no other field of the format tells.
      environment: { country: 'France', powerSourceCarbonIntensity: 40 },
    });
  });
});
