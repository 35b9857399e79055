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
  /** The file that holds the row. */
  readonly file: string | undefined;
  /** Why an output does not have the last figures. */
  readonly failure: Error | undefined;
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

/** A disk or a server that hangs must not hold the program for ever. */
const LONGEST_STOP_MILLIS = 15_000;

/** Gives the instrumentation a provider. @throws ConfigurationError for options that name what does not exist */
export function startSession(options: SessionOptions): Session {
  const { instrumentation, outputs, onFailure, readers: others = [] } = options;
  const [totals, deltas] = byTemporality(outputs);
  const out = fanOut(totals, onFailure);
  const reader = readerOf(out, options);
  const readers = [reader, ...deltas.map((output) => readerOf(output, options)), ...others];
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
      const failure = await withinTime(provider.shutdown());
      instrumentation.disable();
      const why = failure ?? out.failure;
      const file = outputs.find((output) => output instanceof CsvMetricExporter)?.path;
      return { metrics: out.last, file: why === undefined ? file : undefined, failure: why };
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

/** The error of `ending`, or of its taking too long. */
async function withinTime(ending: Promise<void>): Promise<Error | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Error>((resolve) => {
    const error = new Error('the last figures could not be written in time');
    timer = setTimeout(resolve, LONGEST_STOP_MILLIS, error);
  });
  const ended = ending.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  const result = await Promise.race([ended, late]);
  clearTimeout(timer);
  return result;
}
