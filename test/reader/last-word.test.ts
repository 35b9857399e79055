import {
  AggregationTemporality,
  type CollectionResult,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it } from 'vitest';
import { announceTotals } from '../../src/emissions/index.ts';
import { EmissionsMetricReader, withEmissions } from '../../src/reader/index.ts';
import { kilowattHours } from '../../src/units.ts';
import { captureDiag } from '../support/diag.ts';
import { INFO, rig, SERIES, TestReader, value } from '../support/rig.ts';

const withdrawn: (() => void)[] = [];
afterEach(() => {
  for (const withdraw of withdrawn.splice(0)) withdraw();
});

function announce(
  projectName: string,
  settle: () => void,
  runId: string = INFO.run_id,
): () => void {
  const withdraw = announceTotals({
    projectName,
    scope: SERIES.scope,
    runId,
    energyConsumed: () => kilowattHours(0),
    settle,
  });
  withdrawn.push(withdraw);
  return withdraw;
}

const READERS = [
  [
    'EmissionsMetricReader',
    (exporter: InMemoryMetricExporter) => new EmissionsMetricReader({ exporter }),
  ],
  [
    'a periodic reader that is wrapped',
    (exporter: InMemoryMetricExporter) =>
      withEmissions(new PeriodicExportingMetricReader({ exporter })),
  ],
] as const;

describe.each(READERS)('at the end of %s', (_, make) => {
  const lastEnergy = (exporter: InMemoryMetricExporter): number | undefined => {
    const resourceMetrics = exporter.getMetrics().at(-1);
    const result = resourceMetrics && ({ resourceMetrics, errors: [] } satisfies CollectionResult);
    return result && value(result, 'codecarbon_energy_consumed');
  };

  it.each([
    ['after a collection', true],
    ['before the first one', false],
  ])('open gaps are closed before the last collection, %s', async (_, isFlushed) => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const { set, provider } = rig({ readers: [make(exporter)] });
    set(1);
    announce(SERIES.project_name, () => set(3));
    if (isFlushed) await provider.forceFlush();
    await provider.shutdown();
    expect(lastEnergy(exporter)).toBe(3);
  });

  it('a run that cannot close them ends all the same', async () => {
    const diag = captureDiag();
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const { set, provider } = rig({ readers: [make(exporter)] });
    set(1);
    announce(SERIES.project_name, () => {
      throw new Error('closed');
    });
    await provider.shutdown();
    expect(lastEnergy(exporter)).toBe(1);
    expect(diag.messages('error')).toHaveLength(1);
    diag.stop();
  });

  it('gaps are closed once, however often the end is told', async () => {
    const diag = captureDiag();
    let settled = 0;
    const reader = make(new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE));
    rig({ readers: [reader] });
    announce(SERIES.project_name, () => {
      settled += 1;
    });
    await Promise.all([reader.shutdown(), reader.shutdown()]);
    await reader.shutdown();
    expect(settled).toBe(1);
    diag.stop();
  });
});

describe('gaps stay open', () => {
  it('in runs that the reader does not report', async () => {
    const settled: string[] = [];
    const reader = withEmissions(new TestReader());
    rig({ readers: [reader] });
    announce(SERIES.project_name, () => settled.push('own'));
    announce('other', () => settled.push('other'));
    await reader.collect();
    await reader.shutdown();
    expect(settled).toEqual(['own']);
  });

  it('in runs that are paused', async () => {
    const settled: string[] = [];
    const reader = withEmissions(new TestReader());
    rig({ readers: [reader] });
    const withdraw = announce(SERIES.project_name, () => settled.push('own'));
    await reader.collect();
    withdraw();
    await reader.shutdown();
    expect(settled).toEqual([]);
  });

  it('when nothing was collected yet and several runs are there', async () => {
    const settled: string[] = [];
    const reader = withEmissions(new TestReader());
    new MeterProvider({ readers: [reader] });
    announce('one', () => settled.push('one'));
    announce('two', () => settled.push('two'));
    await reader.shutdown();
    expect(settled).toEqual([]);
  });
});
