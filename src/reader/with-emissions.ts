import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { SCOPE_NAME } from '../semconv.ts';
import { type Derive, openDerivation } from './derive.ts';
import { type EmissionsReaderOptions, readerSettings, refuseBatchingReader } from './options.ts';

/**
 * Makes a reader that exists add emissions to what it collects, and returns that same reader. Any copy
 * and version of the SDK will do: the reader's own `collect` is overridden on the instance. A reader
 * that adds them already stays as it is.
 * @throws ConfigurationError for an option that is not valid, or a reader with `maxExportBatchSize`
 */
export function withEmissions<Reader extends IMetricReader>(
  reader: Reader,
  options: EmissionsReaderOptions = {},
): Reader {
  const settings = readerSettings(options);
  refuseBatchingReader(reader);
  if (Reflect.get(reader, DERIVES) === true) return reader;
  const derive = openDerivation(settings, Date.now());
  const collect = reader.collect.bind(reader);
  reader.collect = async (given) => derive(await collect(given));
  markAsDeriving(reader);
  return reader;
}

/** For readers that override `collect` themselves. */
export function deriveFor(
  reader: IMetricReader,
  settings: ReturnType<typeof readerSettings>,
): Derive {
  markAsDeriving(reader);
  return openDerivation(settings, Date.now());
}

/** A symbol that every copy of this package knows. */
const DERIVES = Symbol.for(`${SCOPE_NAME}.derives`);

function markAsDeriving(reader: IMetricReader): void {
  Object.defineProperty(reader, DERIVES, { value: true, configurable: true });
}
