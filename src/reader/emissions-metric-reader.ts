import { type CollectionResult, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { Derivation } from './derive.ts';
import { type EmissionsMetricReaderOptions, periodicSettings, sdkOptions } from './options.ts';
import { sayOnce } from './say-once.ts';
import { derivationFor } from './with-emissions.ts';

/**
 * A periodic reader that adds emissions, their rate, the carbon intensity and the water to what it
 * collects, before the exporter sees it. It takes the SDK's options and ours in one object. An export that
 * fails again for the same reason is not logged again.
 */
export class EmissionsMetricReader extends PeriodicExportingMetricReader {
  readonly #derivation: Derivation;

  /** @throws ConfigurationError for an option that is not valid, `maxExportBatchSize`, or no exporter */
  constructor(options: EmissionsMetricReaderOptions) {
    const settings = periodicSettings(options);
    super({ ...sdkOptions(options), exporter: sayOnce(options.exporter) });
    this.#derivation = derivationFor(this, settings);
  }

  override async collect(
    ...options: Parameters<PeriodicExportingMetricReader['collect']>
  ): Promise<CollectionResult> {
    return this.#derivation.derive(await super.collect(...options));
  }

  /** Gaps that are open at the end are closed before the last collection. */
  override async shutdown(
    ...options: Parameters<PeriodicExportingMetricReader['shutdown']>
  ): Promise<void> {
    this.#derivation.settle();
    await super.shutdown(...options);
  }
}
