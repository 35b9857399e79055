import { type CollectionResult, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { Derive } from './derive.ts';
import { type EmissionsMetricReaderOptions, periodicSettings, sdkOptions } from './options.ts';
import { deriveFor } from './with-emissions.ts';

/**
 * A periodic reader that adds emissions, their rate, the carbon intensity and the water to what it
 * collects, before the exporter sees it. It takes the SDK's options and ours in one object.
 */
export class EmissionsMetricReader extends PeriodicExportingMetricReader {
  readonly #derive: Derive;

  /** @throws ConfigurationError for an option that is not valid, `maxExportBatchSize`, or no exporter */
  constructor(options: EmissionsMetricReaderOptions) {
    const settings = periodicSettings(options);
    super(sdkOptions(options));
    this.#derive = deriveFor(this, settings);
  }

  override async collect(
    ...options: Parameters<PeriodicExportingMetricReader['collect']>
  ): Promise<CollectionResult> {
    return this.#derive(await super.collect(...options));
  }
}
