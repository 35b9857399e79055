import {
  AggregationTemporality,
  type IMetricReader,
  InstrumentType,
  MeterProvider,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { type Configuration, optionsOf } from '../config/index.ts';
import { CsvMetricExporter } from '../exporters/csv/index.ts';
import type { CodeCarbonInstrumentation } from '../instrument/index.ts';
import { OPTIONS, settingsFor } from '../options/index.ts';
import { EmissionsMetricReader } from '../reader/index.ts';
import { fanOut } from './fan-out.ts';
import { type OtelSettings, readResource } from './otel-env.ts';

/** A measurement in progress: instrumentation, provider, readers and outputs of its own. */
export interface Session {
  /** What is measured now. */
  peek(): Promise<ResourceMetrics>;
  /** Writes what is measured now to every output; gives it back. */
  flush(): Promise<ResourceMetrics | undefined>;
  /** Ends it: the last figures are written. Call once. */
  stop(): Promise<Ended>;
}

export interface Ended {
  /** The last collection, from which the outputs were written; undefined when there never was one. */
  readonly metrics: ResourceMetrics | undefined;
  /** The file that holds the row; undefined where none does. */
  readonly file: string | undefined;
  /** Why outputs do not have the last figures, one of each. */
  readonly failures: readonly Error[];
}

export interface SessionOptions {
  readonly configuration: Configuration;
  readonly otel: OtelSettings;
  /** It measures already: what a program does while outputs are loaded counts. */
  readonly instrumentation: CodeCarbonInstrumentation;
  readonly outputs: readonly PushMetricExporter[];
  /** Readers beside the outputs', with emissions: a scrape. */
  readonly readers?: readonly IMetricReader[];
  /** Hears of an output that fails, once as long as it fails for the same reason. */
  readonly onFailure: (error: Error) => void;
}

/** Gives the instrumentation a provider. @throws ConfigurationError for options that name what does not exist */
export function startSession(options: SessionOptions): Session {
  const { configuration, instrumentation, outputs, onFailure, readers: others = [] } = options;
  const [totals, deltas] = byTemporality(outputs);
  const out = fanOut(totals, onFailure);
  const fans = [out, ...deltas.map((output) => fanOut([output], onFailure))];
  const reader = readerOf(out, options);
  const readers = [reader, ...fans.slice(1).map((fan) => readerOf(fan, options)), ...others];
  const provider = new MeterProvider({ resource: readResource(), readers: [...readers] });
  instrumentation.setMeterProvider(provider);

  return {
    peek: async () => (await reader.collect()).resourceMetrics,
    async flush() {
      await provider.forceFlush();
      return out.last;
    },
    async stop() {
      instrumentation.finish();
      const late = await withinTime(provider.shutdown(), longestStop(configuration));
      instrumentation.disable();
      for (const error of late ?? []) onFailure(error);
      const failed = new Map(fans.flatMap(({ failures }) => [...failures]));
      const csv = outputs.find((output) => output instanceof CsvMetricExporter);
      return {
        metrics: out.last,
        file: csv === undefined || failed.has(csv) || late !== undefined ? undefined : csv.path,
        failures: [...(late ?? []), ...failed.values()],
      };
    },
  };
}

/** Outputs of totals share one reader, and so the very same figures; one that wants deltas has its own. */
function byTemporality(
  outputs: readonly PushMetricExporter[],
): readonly [readonly PushMetricExporter[], readonly PushMetricExporter[]] {
  const wantsDeltas = (output: PushMetricExporter): boolean =>
    output.selectAggregationTemporality?.(InstrumentType.OBSERVABLE_COUNTER) ===
    AggregationTemporality.DELTA;
  return [outputs.filter((output) => !wantsDeltas(output)), outputs.filter(wantsDeltas)];
}

function readerOf(
  exporter: PushMetricExporter,
  { configuration, otel }: SessionOptions,
): EmissionsMetricReader {
  return new EmissionsMetricReader({
    ...optionsOf(configuration, 'reader'),
    exporter,
    exportIntervalMillis: otel.exportIntervalMillis,
    exportTimeoutMillis: otel.exportTimeoutMillis,
  });
}

/** A disk or a server that hangs must not hold the program for ever. */
const LONGEST_STOP_MILLIS = 15_000;
/** One request to a Pushgateway that hangs. */
const REMOVE_MILLIS = 5000;

/** The time that outputs may take at the end, in ms: longer where the configuration gives them more. */
export function longestStop(configuration: Configuration): number {
  const gateway = settingsFor('pushgateway', optionsOf(configuration, 'pushgateway'));
  const { timeoutMillis } = settingsFor('http', optionsOf(configuration, 'http'));
  const grace = gateway.onShutdown === 'delete' ? gateway.graceMillis + REMOVE_MILLIS : 0;
  const patience = Math.max(0, timeoutMillis - OPTIONS.timeoutMillis.default);
  return LONGEST_STOP_MILLIS + Math.max(grace, patience);
}

/** The error of `ending`, or of its taking too long; undefined when all went well. */
async function withinTime(
  ending: Promise<void>,
  longestMillis: number,
): Promise<readonly [Error] | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly [Error]>((resolve) => {
    const error = new Error('the last figures could not be written in time');
    timer = setTimeout(resolve, longestMillis, [error]);
  });
  const ended = ending.then(
    () => undefined,
    (error: unknown) => [error instanceof Error ? error : new Error(String(error))] as const,
  );
  const result = await Promise.race([ended, late]);
  clearTimeout(timer);
  return result;
}
