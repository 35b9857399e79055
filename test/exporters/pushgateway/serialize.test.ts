import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { pick, toPushText } from '../../../src/exporters/pushgateway/serialize.ts';
import { METRICS } from '../../../src/semconv.ts';
import { TestReader } from '../../support/rig.ts';
import { runMetrics, steadyRun } from '../run-metrics.ts';

const NOW = 1_750_000_000.25;
const push = (metrics: ResourceMetrics, include: 'own' | 'all' = 'own') =>
  toPushText(pick(metrics, include), new PrometheusSerializer('', false, undefined, true), NOW);

const samples = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('what is pushed', () => {
  it('is each of our metrics once, without timestamps, and when it was pushed', () => {
    const { text, problems } = push(runMetrics([steadyRun(3600)]));
    expect(problems).toEqual([]);
    expect(text).toContain(
      `# HELP codecarbon_duration_total ${METRICS.duration.description}\n# UNIT codecarbon_duration_total {s}\n# TYPE codecarbon_duration_total counter\n`,
    );
    expect(text).toMatch(/^codecarbon_energy_consumed_total\{.*\} 0\.07$/m);
    expect(text).toMatch(/\ncodecarbon_last_push_timestamp_seconds 1750000000\.25\n$/);
    for (const line of samples(text)) expect(line).toMatch(/^[a-z_]+(\{.*\})? \S+$/);
    const types = text.match(/^# TYPE \S+/gm) ?? [];
    expect(new Set(types).size).toBe(types.length);
  });

  it('is no number that is unknown', () => {
    const { text } = push(
      runMetrics([
        steadyRun(1, { points: { emissions: [[Number.NaN]], cpuPower: [[Infinity], [5]] } }),
      ]),
    );
    expect(text).not.toMatch(/NaN|Inf|emissions/);
    expect(text).toMatch(/^codecarbon_cpu_power\{.*\} 5$/m);
  });

  it('is one family for one name, though two versions of this package observe it', () => {
    const [first, second] = [1, 2].map((at) => runMetrics([steadyRun(at)]));
    if (first === undefined || second === undefined) return;
    const [older] = first.scopeMetrics;
    const { text } = push({
      ...second,
      scopeMetrics: [
        ...second.scopeMetrics,
        { ...older, scope: { ...older?.scope, version: '0.0.1' } } as never,
      ],
    });
    expect(text.match(/^# TYPE codecarbon_duration_total /gm)).toHaveLength(1);
    expect(text.match(/^codecarbon_duration_total\{/gm)).toHaveLength(2);
  });
});

describe('with include: all', () => {
  const collected = async (observe: (provider: MeterProvider) => void) => {
    const reader = new TestReader();
    const resource = resourceFromAttributes({ 'service.name': 'shop' });
    const provider = new MeterProvider({
      resource,
      readers: [reader],
      views: [
        { instrumentName: 'exp', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
      ],
    });
    observe(provider);
    return (await reader.collect()).resourceMetrics;
  };

  it('the whole program is pushed, with its resource', async () => {
    const metrics = await collected((provider) => {
      provider.getMeter('app').createCounter('orders').add(3, { kind: 'a"b\\c\n' });
      provider.getMeter('app').createHistogram('latency').record(5);
    });
    expect(samples(push(metrics).text)).toEqual([
      'codecarbon_last_push_timestamp_seconds 1750000000.25',
    ]);
    const { text, problems } = push(metrics, 'all');
    expect(problems).toEqual([]);
    expect(text).toMatch(/^target_info\{service_name="shop".*\} 1$/m);
    expect(text).toContain('orders_total{kind="a\\"b\\\\c\\n",otel_scope_name="app"} 3\n');
    expect(text).toMatch(/^latency_bucket\{.*le="\+Inf"\} 1$/m);
  });

  it('what a gateway would refuse the whole push for is joined or left out', async () => {
    const metrics = await collected((provider) => {
      const [one, two] = [provider.getMeter('one'), provider.getMeter('two')];
      one.createCounter('jobs').add(1);
      two.createCounter('jobs').add(2);
      one.createGauge('size').record(1);
      two.createHistogram('size').record(1);
      one.createGauge('a.b').record(1, { 'x.y': 1, x_y: 2 });
      one.createGauge('c').record(1, { '1st': 1 });
      one.createGauge('d').record(1, { '': 1 });
      one.createGauge('e').record(1, { n: 1 });
      one.createGauge('f').record(1, { n: 1 });
      one.createGauge('f').record(2, { n: '1' });
      one.createHistogram('exp').record(1);
    });
    const { text, problems } = push(metrics, 'all');
    expect(text.match(/^# TYPE jobs_total counter$/gm)).toHaveLength(1);
    expect(text.match(/^jobs_total\{/gm)).toHaveLength(2);
    expect(text).toContain('# TYPE size gauge');
    expect(text).not.toContain('size_bucket');
    expect(text).not.toMatch(/^(a_b|c|d|exp)[{_ ]/m);
    expect(text).toContain('e{n="1",otel_scope_name="one"} 1\n');
    expect(text.match(/^f\{.*$/gm)).toEqual(['f{n="1",otel_scope_name="one"} 2']);
    expect(problems.join('\n')).toContain('size: another metric is a gauge');
    expect(problems.join('\n')).toContain('exponential histograms are not pushed');
  });
});
