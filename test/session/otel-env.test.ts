import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOtelSettings } from '../../src/session/index.ts';
import { setEnvironment } from '../exporters/logfire/support.ts';
import { captureDiag } from '../support/diag.ts';

let logged: ReturnType<typeof captureDiag>;
beforeEach(() => {
  logged = captureDiag();
});
afterEach(() => logged.stop());

describe('OTEL_METRIC_EXPORT_INTERVAL', () => {
  it.each([
    ['2147483647', 2_147_483_647, []],
    ['1500.5', 1500.5, []],
    ['', 10_000, []],
    ['2147483648', 2_147_483_647, [/2147483648 ms is longer than a timer can wait/]],
    ['1e300', 2_147_483_647, [/OTEL_METRIC_EXPORT_INTERVAL: 1e\+300 ms/]],
    ['Infinity', 10_000, [/"Infinity" is no number above 0; it is ignored/]],
    ['-5', 10_000, [/"-5" is no number above 0; it is ignored/]],
    ['soon', 10_000, [/"soon" is no number above 0; it is ignored/]],
  ])('%j is taken for %i ms', (raw, millis, warnings) => {
    setEnvironment({ OTEL_METRIC_EXPORT_INTERVAL: raw });
    const { exportIntervalMillis, exportTimeoutMillis } = readOtelSettings();
    expect(exportIntervalMillis).toBe(millis);
    expect(exportTimeoutMillis).toBe(Math.min(millis, 30_000));
    expect(logged.messages('warn')).toEqual(warnings.map((words) => expect.stringMatching(words)));
  });
});

it.each(['0', '70000', '80.5', 'http'])('OTEL_EXPORTER_PROMETHEUS_PORT=%s is no port', (raw) => {
  setEnvironment({ OTEL_EXPORTER_PROMETHEUS_PORT: raw });
  expect(readOtelSettings().prometheusPort).toBeUndefined();
  expect(logged.messages('warn')).toEqual([expect.stringContaining('is no port from 1 to 65535')]);
});
