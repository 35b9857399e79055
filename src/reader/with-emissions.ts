import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { once } from '../once.ts';
import { SCOPE_NAME } from '../semconv.ts';
import { type Derivation, type Derive, openDerivation } from './derive.ts';
import {
  type EmissionsReaderOptions,
  type ReaderSettings,
  readerSettings,
  refuseBatchingReader,
} from './options.ts';

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
  const { derive, settle } = derivationFor(reader, settings);
  const collect = reader.collect.bind(reader);
  const shutdown = reader.shutdown.bind(reader);
  reader.collect = async (given) => derive(await collect(given));
  reader.shutdown = (given) => {
    settle();
    return shutdown(given);
  };
  return reader;
}

/** For readers that override `collect` and `shutdown` themselves. */
export function derivationFor(reader: IMetricReader, settings: ReaderSettings): Derivation {
  markAsDeriving(reader);
  const since = Date.now();
  const derivation = once(() => openDerivation(settings, since));
  return {
    derive: (base) => derivation().derive(base),
    settle: () => derivation().settle(),
  };
}

/** For readers that are asked, and have no last collection. */
export const deriveFor = (reader: IMetricReader, settings: ReaderSettings): Derive =>
  derivationFor(reader, settings).derive;

/** A symbol that every copy of this package knows. */
const DERIVES = Symbol.for(`${SCOPE_NAME}.derives`);

function markAsDeriving(reader: IMetricReader): void {
  Object.defineProperty(reader, DERIVES, { value: true, configurable: true });
}
