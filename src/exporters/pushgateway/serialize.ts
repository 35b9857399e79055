import { type Attributes, ValueType } from '@opentelemetry/api';
import type { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { LAST_PUSH, SCOPE_NAME } from '../../semconv.ts';

/** Text for a push, and what had to be left out of it. */
export interface Pushed {
  readonly text: string;
  readonly problems: readonly string[];
}

/** What is to be pushed, and the resource that it comes from. */
export interface Picked {
  readonly resource: Attributes;
  readonly scopeMetrics: readonly ScopeMetrics[];
}

/**
 * The metrics of this package, or all with `target_info`; a metric without a point says nothing. The
 * resource is left out of the former: it may hold what is nobody's business, such as command lines.
 */
export function pick(metrics: ResourceMetrics, include: 'own' | 'all'): Picked {
  const resource = attributesOf(metrics.resource);
  const scopeMetrics = metrics.scopeMetrics
    .filter(({ scope }) => include === 'all' || scope.name === SCOPE_NAME)
    .map((scope) => ({ ...scope, metrics: scope.metrics.filter((m) => m.dataPoints.length > 0) }))
    .filter((scope) => scope.metrics.length > 0);
  if (include === 'own' || scopeMetrics.length === 0) return { resource, scopeMetrics };
  return { resource, scopeMetrics: [targetInfo(resource), ...scopeMetrics] };
}

/** The SDK's resource remembers its attributes when it is asked; one that is frozen cannot. */
function attributesOf(resource: ResourceMetrics['resource']): Attributes {
  if (!Object.isFrozen(resource)) return resource.attributes;
  const known = resource.getRawAttributes().filter(([, value]) => !(value instanceof Promise));
  return Object.fromEntries(known.reverse()) as Attributes;
}

function targetInfo(resource: Attributes): ScopeMetrics {
  const point = { startTime: EPOCH, endTime: EPOCH, attributes: resource, value: 1 };
  const metric: MetricData = {
    descriptor: {
      name: 'target_info',
      description: 'Target metadata',
      unit: '',
      valueType: ValueType.INT,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.GAUGE,
    dataPoints: [point],
  };
  return { scope: { name: '' }, metrics: [metric] };
}

const EPOCH: [number, number] = [0, 0];

/**
 * Prometheus' text (exposition format 0.0.4, without timestamps, which a Pushgateway refuses) with
 * `codecarbon_last_push_timestamp_seconds`. A Pushgateway refuses a push as a whole for one name with two
 * headers or types, or one bad label: such metrics of other scopes are joined or left out.
 * @param nowSeconds since the epoch
 */
export function toPushText(
  { scopeMetrics }: Picked,
  serializer: PrometheusSerializer,
  nowSeconds: number,
): Pushed {
  const [first, ...others] = scopeMetrics;
  const { text, problems } =
    first?.scope.name === SCOPE_NAME && others.length === 0
      ? ownText(first, serializer)
      : joinedText(scopeMetrics, serializer);
  return { text: text + lastPush(nowSeconds), problems };
}

/** Nothing of our own is in conflict with itself: one go is enough, and costs half. */
function ownText({ scope, metrics }: ScopeMetrics, serializer: PrometheusSerializer): Pushed {
  const sound = metrics.map(withSoundPoints).filter(({ dataPoints }) => dataPoints.length > 0);
  if (sound.length === 0) return { text: '', problems: [] };
  const scopeMetrics = [{ scope, metrics: sound }];
  return { text: serializer.serialize({ resource: NOBODY, scopeMetrics }), problems: [] };
}

function joinedText(
  scopeMetrics: readonly ScopeMetrics[],
  serializer: PrometheusSerializer,
): Pushed {
  const families = new Map<string, Family>();
  const problems: string[] = [];
  for (const { scope, metrics } of scopeMetrics) {
    for (const metric of metrics) {
      const problem = add(families, scope, metric, serializer);
      if (problem !== undefined) problems.push(problem);
    }
  }
  const blocks = [...families.values()].map(({ header, samples }) => header + unique(samples));
  return { text: blocks.join(''), problems };
}

/** All series of one name. */
interface Family {
  readonly header: string;
  readonly type: string;
  readonly samples: string[];
}

function add(
  families: Map<string, Family>,
  scope: ScopeMetrics['scope'],
  given: MetricData,
  serializer: PrometheusSerializer,
): string | undefined {
  const name = given.descriptor.name;
  if (!WRITABLE.has(given.dataPointType)) return `${name}: exponential histograms are not pushed`;
  const metric = withSoundPoints(given);
  if (metric.dataPoints.length === 0) return undefined;
  const text = serializer.serialize({
    resource: NOBODY,
    scopeMetrics: [{ scope, metrics: [metric] }],
  });
  const [, header, family, type, samples] = FAMILY.exec(text) ?? [];
  if (!header || !family || !type || !samples) return `${name}: no name for Prometheus`;
  const known = families.get(family);
  if (known === undefined) families.set(family, { header, type, samples: [samples] });
  else if (known.type === type) known.samples.push(samples);
  else return `${name}: another metric is a ${known.type} under the name ${family}`;
  return undefined;
}

const NOBODY = emptyResource();

/** `# HELP`, perhaps `# UNIT`, `# TYPE`; then the samples. */
const FAMILY = /^(# HELP .*\n(?:# UNIT .*\n)?# TYPE (\S+) (\S+)\n)([\s\S]*\n)$/;

const WRITABLE: ReadonlySet<DataPointType> = new Set([
  DataPointType.SUM,
  DataPointType.GAUGE,
  DataPointType.HISTOGRAM,
]);

/** Attributes 1 and `1` make the same series: the last one counts. */
function unique(samples: readonly string[]): string {
  const lines = samples.join('').trimEnd().split('\n');
  const series = new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line]));
  return `${[...series.values()].join('\n')}\n`;
}

/** Without points that are no number: unknown is not there. And without those whose labels nobody could tell apart. */
function withSoundPoints(metric: MetricData): MetricData {
  const sound = ({ value, attributes }: MetricData['dataPoints'][number]): boolean =>
    (typeof value !== 'number' || Number.isFinite(value)) && areLabels(attributes);
  const points: readonly MetricData['dataPoints'][number][] = metric.dataPoints;
  return points.every(sound)
    ? metric
    : ({ ...metric, dataPoints: points.filter(sound) } as MetricData);
}

const PLAIN = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Two attributes may become one label, as `a.b` and `a_b`. */
function areLabels(attributes: Attributes): boolean {
  const names = Object.keys(attributes);
  if (names.every((name) => PLAIN.test(name))) return true;
  // As the serializer writes them.
  const labels = names.map((name) => name.replace(/[^a-z0-9_]/gi, '_').replace(/_{2,}/g, '_'));
  return new Set(labels).size === labels.length && labels.every((label) => LABEL.test(label));
}

function lastPush(nowSeconds: number): string {
  const { name, description } = LAST_PUSH;
  return `# HELP ${name} ${description}\n# TYPE ${name} gauge\n${name} ${nowSeconds}\n`;
}
