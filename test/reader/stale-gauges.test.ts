import { randomUUID } from 'node:crypto';
import type { Attributes } from '@opentelemetry/api';
import { AggregationTemporality, type CollectionResult } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { announceTotals, type TotalsSource } from '../../src/emissions/index.ts';
import { processWide } from '../../src/process-wide.ts';
import { withEmissions } from '../../src/reader/index.ts';
import { kilowattHours } from '../../src/units.ts';
import * as instrumented from '../instrument/support.ts';
import {
  rig as anyRig,
  INFO,
  metric,
  points,
  type RigOptions,
  SERIES,
  TestReader,
  value,
} from '../support/rig.ts';

/** Another one in every test: runs that ended are remembered. */
let runId = '';
beforeEach(() => {
  runId = randomUUID();
});

const withdrawn: (() => void)[] = [];
afterEach(() => {
  for (const withdraw of withdrawn.splice(0)) withdraw();
});

function announce(given: Partial<TotalsSource> = {}): () => void {
  const withdraw = announceTotals({
    projectName: SERIES.project_name,
    scope: SERIES.scope,
    runId,
    energyConsumed: () => kilowattHours(0),
    ...given,
  });
  withdrawn.push(withdraw);
  return withdraw;
}

function rig(options: RigOptions) {
  const state = anyRig(options);
  state.info = { ...INFO, run_id: runId };
  return state;
}

const CPU = 'codecarbon_cpu_power';
const RAM = 'codecarbon_ram_power';

/** Gauges that were observed once; the SDK repeats them. */
function gauges(names: readonly string[] = [CPU, RAM], attributes: Attributes = SERIES) {
  const reader = withEmissions(new TestReader());
  const state = rig({ readers: [reader] });
  for (const name of names) {
    state.meter.createObservableGauge(name).addCallback((result) => result.observe(80, attributes));
  }
  return { reader, state };
}

const shown = (result: CollectionResult, names = [CPU, RAM]): readonly string[] =>
  names.filter((name) => metric(result, name) !== undefined);

describe('gauges that a live run observes no more', () => {
  it('are left out, the others stay', async () => {
    const { reader } = gauges();
    const current = new Set([CPU, RAM]);
    announce({ currentGauges: () => current });
    expect(shown(await reader.collect())).toEqual([CPU, RAM]);
    current.delete(CPU);
    const result = await reader.collect();
    expect(shown(result)).toEqual([RAM]);
    expect(value(result, RAM)).toBe(80);
    current.add(CPU);
    expect(shown(await reader.collect())).toEqual([CPU, RAM]);
  });

  it('counters, facts and derived gauges stay whatever is current', async () => {
    const { reader, state } = gauges();
    announce({ currentGauges: () => new Set() });
    state.set(1);
    const names = [
      'codecarbon_energy_consumed',
      'codecarbon_info',
      'codecarbon_emissions',
      'codecarbon_carbon_intensity',
    ];
    const result = await reader.collect();
    expect(shown(result, names)).toEqual(names);
    expect(shown(result)).toEqual([]);
  });

  it('are left out of one run only', async () => {
    const { reader, state } = gauges([CPU]);
    const other = { ...SERIES, project_name: 'other' };
    state.meter.createObservableGauge(CPU).addCallback((result) => result.observe(40, other));
    announce({ currentGauges: () => new Set() });
    announce({ projectName: 'other', runId: 'run-2', currentGauges: () => new Set([CPU]) });
    const found = points(await reader.collect(), CPU);
    expect(found.map((point) => [point.value, point.attributes])).toEqual([[40, other]]);
  });

  it('are left out where they carry no project: hw.* and what a View has stripped', async () => {
    const names = ['hw.power', 'hw.host.power'];
    const { reader } = gauges(names, { 'hw.id': 'cpu' });
    announce({ currentGauges: () => new Set(['hw.host.power']) });
    expect(shown(await reader.collect(), names)).toEqual(['hw.host.power']);
  });

  it('are left out where the instrumentation observes emissions itself', async () => {
    const { reader, state } = gauges();
    state.meter
      .createObservableCounter('codecarbon_emissions')
      .addCallback((result) => result.observe(7, SERIES));
    announce({ observesEmissions: true, currentGauges: () => new Set([RAM]) });
    const result = await reader.collect();
    expect(shown(result)).toEqual([RAM]);
    expect(value(result, 'codecarbon_emissions')).toBe(7);
  });

  it('the data of the SDK stay as they are', async () => {
    const inner = new TestReader();
    const collect = inner.collect.bind(inner);
    const seen: CollectionResult[] = [];
    inner.collect = async (options) => {
      const base = await collect(options);
      for (const scope of base.resourceMetrics.scopeMetrics) Object.freeze(scope.metrics);
      seen.push(base);
      return base;
    };
    const reader = withEmissions(inner);
    const { meter } = rig({ readers: [reader] });
    meter.createObservableGauge(CPU).addCallback((result) => result.observe(80, SERIES));
    announce({ currentGauges: () => new Set() });
    const result = await reader.collect();
    expect(result.errors).toEqual([]);
    expect(shown(result)).toEqual([]);
    expect(seen.map((base) => shown(base))).toEqual([[CPU]]);
  });
});

describe('gauges of a run that is paused', () => {
  it('are left out until it goes on', async () => {
    const { reader } = gauges();
    const withdraw = announce();
    expect(shown(await reader.collect())).toEqual([CPU, RAM]);
    withdraw();
    expect(shown(await reader.collect())).toEqual([]);
    announce();
    expect(shown(await reader.collect())).toEqual([CPU, RAM]);
  });

  it('are left out when nothing is left of it but its data', async () => {
    const { reader } = gauges();
    announce()();
    expect(shown(await reader.collect())).toEqual([]);
    // What the garbage collector does, sooner or later.
    processWide('totals', () => ({ paused: new Map() })).paused.clear();
    expect(shown(await reader.collect())).toEqual([]);
  });

  it('are left out by the instrumentation that was disabled', async () => {
    const { host, reader, instrumentation } = instrumented.rig({ projectName: 'paused' });
    withEmissions(reader);
    host.clock.advance(1);
    instrumented.spend(host, 1_080);
    host.clock.advance(1);
    const before = await instrumented.collect(reader);
    expect(before).toHaveProperty(CPU);
    expect(before).toHaveProperty('codecarbon_probe_up');
    instrumentation.disable();
    const after = await instrumented.collect(reader);
    for (const name of [CPU, RAM, 'codecarbon_probe_up', 'codecarbon_method']) {
      expect(after).not.toHaveProperty(name);
    }
    for (const name of ['codecarbon_cpu_energy', 'codecarbon_info', 'codecarbon_emissions']) {
      expect(after).toHaveProperty(name);
    }
    instrumentation.enable();
    host.clock.advance(1);
    host.clock.advance(1);
    expect(await instrumented.collect(reader)).toHaveProperty(CPU);
    instrumentation.disable();
  });

  it('are left out in delta collections by the SDK itself', async () => {
    const reader = withEmissions(new TestReader(AggregationTemporality.DELTA));
    const { meter } = rig({ readers: [reader] });
    meter.createObservableGauge(CPU).addCallback((result) => result.observe(80, SERIES));
    announce({ currentGauges: () => new Set([CPU]) });
    expect(shown(await reader.collect())).toEqual([CPU]);
  });
});

describe('all gauges stay', () => {
  it('when nobody in this process measures', async () => {
    const { reader } = gauges();
    expect(shown(await reader.collect())).toEqual([CPU, RAM]);
  });

  it('when the source does not say what it observes', async () => {
    const { reader } = gauges();
    announce();
    expect(shown(await reader.collect())).toEqual([CPU, RAM]);
  });

  it('when several live runs write the same series', async () => {
    const { reader, state } = gauges();
    state.info = undefined;
    announce({ currentGauges: () => new Set() });
    announce({ runId: 'run-2', currentGauges: () => new Set() });
    expect(shown(await reader.collect())).toEqual([CPU, RAM]);
  });

  it('when the run in the data is none of this process', async () => {
    const { reader } = gauges();
    announce({ runId: 'another', currentGauges: () => new Set() })();
    expect(shown(await reader.collect())).toEqual([CPU, RAM]);
  });

  it('when a View has renamed them, and when they are not ours', async () => {
    const views = [{ instrumentName: CPU, name: 'cpu_watts' }];
    const reader = withEmissions(new TestReader());
    const { meter, provider } = rig({ readers: [reader], views });
    const other = provider.getMeter('acme').createObservableGauge(RAM);
    for (const gauge of [meter.createObservableGauge(CPU), other]) {
      gauge.addCallback((result) => result.observe(80, SERIES));
    }
    announce({ currentGauges: () => new Set() });
    expect(shown(await reader.collect(), ['cpu_watts', RAM])).toEqual(['cpu_watts', RAM]);
  });

  it('when the source fails', async () => {
    const { reader } = gauges();
    announce({
      currentGauges: () => {
        throw new Error('broken');
      },
    });
    const result = await reader.collect();
    expect(shown(result)).toEqual([CPU, RAM]);
    expect(result.errors).toEqual([]);
    expect(metric(result, 'codecarbon_emissions')).toBeDefined();
  });
});
