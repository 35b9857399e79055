import type { ExportResult } from '@opentelemetry/core';
import { AggregationTemporality, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EmissionsMetricReader } from '../../src/reader/index.ts';
import { captureDiag } from '../support/diag.ts';
import { rig } from '../support/rig.ts';

let logged: ReturnType<typeof captureDiag>;
beforeEach(() => {
  logged = captureDiag();
});
afterEach(() => logged.stop());

/** Answers as it is told, in turn; then with success. */
class Moody implements PushMetricExporter {
  exports = 0;
  readonly #results: (string | undefined)[];

  constructor(...results: (string | undefined)[]) {
    this.#results = results;
  }

  export(_: unknown, resultCallback: (result: ExportResult) => void): void {
    this.exports += 1;
    const failure = this.#results.shift();
    resultCallback(failure === undefined ? { code: 0 } : { code: 1, error: new Error(failure) });
  }

  async forceFlush(): Promise<void> {
    this.#results.at(0);
  }

  async shutdown(): Promise<void> {}

  selectAggregationTemporality(): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE;
  }
}

async function failuresSaid(exporter: Moody, rounds: number): Promise<readonly string[]> {
  const reader = new EmissionsMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const { provider } = rig({ readers: [reader] });
  for (let round = 0; round < rounds; round += 1) await reader.forceFlush();
  await provider.shutdown();
  return logged.messages('error').filter((message) => message.includes('export failed'));
}

it('a server that is down for ten intervals is one line in the log', async () => {
  const exporter = new Moody(...Array.from({ length: 10 }, () => 'nothing listens there'));
  const said = await failuresSaid(exporter, 10);
  expect(said).toEqual([expect.stringContaining('nothing listens there')]);
  expect(exporter.exports).toBe(11);
});

it('another failure, and one after a success, are said', async () => {
  const said = await failuresSaid(new Moody('down', 'down', 'full', undefined, 'full'), 5);
  expect(said).toEqual([
    expect.stringContaining('down'),
    expect.stringContaining('full'),
    expect.stringContaining('full'),
  ]);
});
