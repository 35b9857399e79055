/** A data point as it left this machine. Times are in nanoseconds since 1970. */
export interface DecodedPoint {
  readonly resource: Attributes;
  readonly scope: string;
  readonly name: string;
  readonly unit: string;
  readonly kind: 'sum' | 'gauge' | 'histogram';
  /** Undefined for a gauge. */
  readonly temporality: 'delta' | 'cumulative' | undefined;
  readonly monotonic: boolean | undefined;
  readonly attributes: Attributes;
  readonly start: bigint;
  readonly end: bigint;
  /** Of a histogram: its sum. */
  readonly value: number;
}

type Attributes = Readonly<Record<string, string | number | boolean>>;
type Json = Readonly<Record<string, unknown>>;

/**
 * Reads an OTLP export in JSON, as strictly as the protocol's definition allows: a field that a decoder of
 * protocol buffers refuses, a number that is none, a time that goes backwards is an error.
 */
export function decodeMetrics(text: string): readonly DecodedPoint[] {
  const request = object(JSON.parse(text), 'request', ['resourceMetrics']);
  return list(request.resourceMetrics, 'resourceMetrics').flatMap((entry) => {
    const { resource, scopeMetrics } = object(entry, 'resourceMetrics', [
      'resource',
      'scopeMetrics',
      'schemaUrl',
    ]);
    const facts = object(resource, 'resource');
    const shared = { resource: attributes(facts.attributes) };
    return list(scopeMetrics, 'scopeMetrics').flatMap((scoped) => scopePoints(scoped, shared));
  });
}

function scopePoints(entry: unknown, shared: Pick<DecodedPoint, 'resource'>): DecodedPoint[] {
  const { scope, metrics } = object(entry, 'scopeMetrics', ['scope', 'metrics', 'schemaUrl']);
  const name = text(object(scope, 'scope').name, 'scope.name');
  return list(metrics, 'metrics').flatMap((metric) =>
    metricPoints(metric, { ...shared, scope: name }),
  );
}

const KINDS = ['sum', 'gauge', 'histogram'] as const;

function metricPoints(
  entry: unknown,
  shared: Pick<DecodedPoint, 'resource' | 'scope'>,
): DecodedPoint[] {
  const metric = object(entry, 'metric', ['name', 'description', 'unit', 'metadata', ...KINDS]);
  const name = text(metric.name, 'metric.name');
  const unit = typeof metric.unit === 'string' ? metric.unit : fail(`${name}: unit is no text`);
  const kinds = KINDS.filter((kind) => metric[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) fail(`${name}: ${kinds.length} kinds of data`);
  const data = object(metric[kind], `${name}.${kind}`, [
    'dataPoints',
    'aggregationTemporality',
    'isMonotonic',
  ]);
  const points = list(data.dataPoints, `${name}.dataPoints`);
  if (points.length === 0) fail(`${name}: no points`);
  const about = {
    ...shared,
    name,
    unit,
    kind,
    temporality: kind === 'gauge' ? undefined : temporality(data.aggregationTemporality, name),
    monotonic: kind === 'sum' ? bool(data.isMonotonic, `${name}.isMonotonic`) : undefined,
  };
  return points.map((point) => ({ ...about, ...decodePoint(point, about) }));
}

function decodePoint(
  entry: unknown,
  { name, kind }: Pick<DecodedPoint, 'name' | 'kind'>,
): Pick<DecodedPoint, 'attributes' | 'start' | 'end' | 'value'> {
  const point = object(entry, `${name}.dataPoint`);
  const start = nanoseconds(point.startTimeUnixNano, `${name}.startTimeUnixNano`);
  const end = nanoseconds(point.timeUnixNano, `${name}.timeUnixNano`);
  if (start > end) fail(`${name}: begins after its end`);
  const raw = kind === 'histogram' ? point.sum : (point.asDouble ?? point.asInt);
  return { attributes: attributes(point.attributes), start, end, value: finite(raw, name) };
}

function temporality(raw: unknown, name: string): 'delta' | 'cumulative' {
  if (raw === 1) return 'delta';
  return raw === 2 ? 'cumulative' : fail(`${name}: temporality ${String(raw)}`);
}

/** An attribute has one value, a name that no other has, and no value is unset. */
function attributes(raw: unknown): Attributes {
  const pairs = list(raw ?? [], 'attributes').map((entry): [string, string | number | boolean] => {
    const { key, value } = object(entry, 'attribute', ['key', 'value']);
    const name = text(key, 'attribute.key');
    const values = Object.entries(object(value, `attribute ${name}`));
    const [[kind, content] = []] = values;
    if (kind === undefined || values.length > 1) fail(`attribute ${name}: ${values.length} values`);
    return [name, attributeValue(kind, content, name)];
  });
  if (new Set(pairs.map(([key]) => key)).size !== pairs.length) fail('attribute twice');
  return Object.fromEntries(pairs);
}

function attributeValue(kind: string, content: unknown, name: string): string | number | boolean {
  if (kind === 'stringValue' && typeof content === 'string') return content;
  if (kind === 'boolValue' && typeof content === 'boolean') return content;
  if (kind === 'intValue' || kind === 'doubleValue') return finite(content, `attribute ${name}`);
  if (kind === 'arrayValue') return JSON.stringify(content);
  return fail(`attribute ${name}: ${kind} ${String(content)}`);
}

function object(raw: unknown, what: string, known?: readonly string[]): Json {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) fail(`${what} is no object`);
  const foreign = Object.keys(raw).filter((key) => known !== undefined && !known.includes(key));
  if (foreign.length > 0) fail(`${what}: unknown ${foreign.join(', ')}`);
  return raw as Json;
}

const list = (raw: unknown, what: string): readonly unknown[] =>
  Array.isArray(raw) ? raw : fail(`${what} is no list`);

const text = (raw: unknown, what: string): string =>
  typeof raw === 'string' && raw !== '' ? raw : fail(`${what} is no text`);

const bool = (raw: unknown, what: string): boolean =>
  typeof raw === 'boolean' ? raw : fail(`${what} is neither true nor false`);

function finite(raw: unknown, what: string): number {
  const value = typeof raw === 'string' && /^-?\d+$/.test(raw) ? Number(raw) : raw;
  return typeof value === 'number' && Number.isFinite(value)
    ? value
    : fail(`${what}: ${String(raw)} is no number`);
}

/** Nanoseconds since 1970, after the year 2000: a 0 is no time. */
function nanoseconds(raw: unknown, what: string): bigint {
  const value = typeof raw === 'string' && /^\d+$/.test(raw) ? BigInt(raw) : 0n;
  return value > 946_684_800_000_000_000n ? value : fail(`${what}: ${String(raw)} is no time`);
}

function fail(message: string): never {
  throw new Error(message);
}
