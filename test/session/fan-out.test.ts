import type { ExportResult } from '@opentelemetry/core';
import {
  AggregationTemporality,
  InstrumentType,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmissionsExporter, type WriteContext } from '../../src/index.ts';
import type { EmissionsRecord } from '../../src/record/index.ts';
import { fanOut } from '../../src/session/fan-out.ts';
import { runMetrics, steadyRun } from '../exporters/run-metrics.ts';
import { captureDiag } from '../support/diag.ts';

/** Fails as long as it is told to. */
class Moody extends EmissionsExporter {
  why: string | undefined;
  onlyAtTheEnd = false;
  protected override write(_record: EmissionsRecord, { final }: WriteContext): void {
    if (this.why !== undefined && (final || !this.onlyAtTheEnd)) throw new Error(this.why);
  }
}

let logged: ReturnType<typeof captureDiag>;
beforeEach(() => {
  logged = captureDiag();
});
afterEach(() => logged.stop());

const metrics: ResourceMetrics = runMetrics([steadyRun(10)]);

function open(...outputs: readonly PushMetricExporter[]) {
  const heard: string[] = [];
  const fan = fanOut(outputs, ({ message }) => void heard.push(message));
  const send = async (): Promise<void> => {
    const result = await new Promise<ExportResult>((resolve) => fan.export(metrics, resolve));
    expect(result.code).toBe(0);
    await fan.forceFlush();
  };
  const failures = () => [...fan.failures.values()].map(({ message }) => message);
  return { fan, heard, send, failures };
}

describe('a failure of an output', () => {
  it('is heard once as long as it is the same, and again when it is another', async () => {
    const moody = new Moody();
    const { heard, send, failures } = open(moody, new Moody());
    moody.why = 'full';
    await send();
    await send();
    expect(heard).toEqual(['Moody: full']);
    expect(failures()).toEqual(['Moody: full']);
    moody.why = 'gone';
    await send();
    expect(heard).toEqual(['Moody: full', 'Moody: gone']);
    moody.why = undefined;
    await send();
    expect(failures()).toEqual([]);
  });

  it('is known when only the last write fails, which the output has logged itself', async () => {
    const moody = new Moody();
    moody.onlyAtTheEnd = true;
    moody.why = 'too late';
    const { fan, heard, send, failures } = open(moody);
    await send();
    expect(failures()).toEqual([]);
    await fan.shutdown();
    expect(failures()).toEqual(['Moody: too late']);
    expect([heard, logged.messages('error').filter((line) => line.includes('too late'))]).toEqual([
      [],
      [expect.stringContaining('Moody: too late')],
    ]);
  });

  it('of a foreign exporter is known however it fails: it throws, rejects, or answers so', async () => {
    const foreign = (over: Partial<PushMetricExporter>): PushMetricExporter => ({
      export: (_metrics, callback) => callback({ code: 0 }),
      forceFlush: async () => {},
      shutdown: async () => {},
      ...over,
    });
    const fails = (why: string) => () => {
      throw new Error(why);
    };
    const { fan, heard, send, failures } = open(
      foreign({ export: fails('threw') }),
      foreign({ export: (_metrics, callback) => callback({ code: 1 }) }),
      foreign({ shutdown: async () => fails('rejected')() }),
    );
    await send();
    await fan.shutdown();
    expect(failures().sort()).toEqual(['rejected', 'the export failed', 'threw']);
    expect(heard.sort()).toEqual(failures().sort());
  });
});

it('asks for the temporality of its outputs', () => {
  const delta = new Moody();
  delta.selectAggregationTemporality = () => AggregationTemporality.DELTA;
  const ask = (...outputs: PushMetricExporter[]) =>
    open(...outputs).fan.selectAggregationTemporality?.(InstrumentType.OBSERVABLE_COUNTER);
  expect([ask(), ask(new Moody()), ask(delta)]).toEqual([
    AggregationTemporality.CUMULATIVE,
    AggregationTemporality.CUMULATIVE,
    AggregationTemporality.DELTA,
  ]);
});
