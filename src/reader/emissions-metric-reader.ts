import { type CollectionResult, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { Derive } from './derive.ts';
import { type EmissionsMetricReaderOptions, periodicSettings, sdkOptions } from './options.ts';
import { sayOnce } from './say-once.ts';
import { deriveFor } from './with-emissions.ts';

/**
 * A periodic reader that adds emissions, their rate, the carbon intensity and the water to what it
 * collects, before the exporter sees it. It takes the SDK's options and ours in one object. An export that
 * fails again for the same reason is not logged again.
 */
export class EmissionsMetricReader extends PeriodicExportingMetricReader {
  readonly #derive: Derive;

  /** @throws ConfigurationError for an option that is not valid, `maxExportBatchSize`, or no exporter */
  constructor(options: EmissionsMetricReaderOptions) {
    const settings = periodicSettings(options);
    super({ ...sdkOptions(options), exporter: sayOnce(options.exporter) });
    this.#derive = deriveFor(this, settings);
  }

  override async collect(
    ...options: Parameters<PeriodicExportingMetricReader['collect']>
  ): Promise<CollectionResult> {
    return this.#derive(await super.collect(...options));
  }
}
