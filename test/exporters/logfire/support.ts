import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExportResult } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { onTestFinished } from 'vitest';
import type { LoginIo } from '../../../src/exporters/logfire/ask.ts';
import { LogfireMetricExporter } from '../../../src/exporters/logfire/index.ts';
import { cancelled } from '../../../src/exporters/logfire/login-error.ts';
import { type FakeLogfire, startFakeLogfire, WRITE_TOKEN } from '../../support/fake-logfire.ts';
import { runMetrics } from '../run-metrics.ts';

/** A Logfire that ends with the test. */
export async function fakeLogfire(): Promise<FakeLogfire> {
  const fake = await startFakeLogfire();
  onTestFinished(() => fake.close());
  return fake;
}

/** An exporter that sends there. */
export const exporterTo = ({ url }: FakeLogfire): LogfireMetricExporter =>
  new LogfireMetricExporter(
    { logfireToken: WRITE_TOKEN, logfireBaseUrl: url },
    { env: {}, directory: '/nowhere' },
  );

export const exportTo = (
  exporter: PushMetricExporter,
  metrics: ResourceMetrics,
): Promise<ExportResult> => new Promise((resolve) => exporter.export(metrics, resolve));

/** A collection in which `codecarbon_duration` has grown by so many seconds. */
export const grown = (seconds: number): ResourceMetrics => ({
  ...runMetrics([{ points: { duration: [[seconds]] } }], AggregationTemporality.DELTA),
  resource: resourceFromAttributes({ 'service.name': 'shop' }),
});

/** Sum of what arrived under a name. */
export const total = ({ points }: FakeLogfire, name = 'codecarbon_duration'): number =>
  points.filter((point) => point.name === name).reduce((sum, { value }) => sum + value, 0);

/** A directory that ends with the test. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'logfire-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A person who gives these answers, then leaves. */
export function person(...answers: readonly string[]): LoginIo & { readonly screen: () => string } {
  let screen = '';
  const left = [...answers];
  return {
    screen: () => screen,
    write: (text) => {
      screen += text;
    },
    ask: async (question) => {
      const answer = left.shift();
      screen += `${question}${answer ?? '^C'}\n`;
      if (answer === undefined) throw cancelled();
      return answer;
    },
  };
}

/** Nobody: what is written is kept, and questions cannot be asked. */
export function nobody(): LoginIo & { readonly screen: () => string } {
  const { write, screen } = person();
  return { write, screen };
}

/** Sets variables of this process until the end of each test. */
export function setEnvironment(values: Readonly<Record<string, string>>): void {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  onTestFinished(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
}
