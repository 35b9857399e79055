import type { OptionsFor, Output, Taker } from '../options.ts';
import type { MetricsExporter } from './metrics-exporter.ts';

/** One line of the list of exporters: all that the command line and the README need. */
export interface ExporterDefinition<Who extends Taker = Taker> {
  /** Folder name, and subpath of the package. */
  readonly id: Who;
  /** Word of `output_methods`. */
  readonly output: Output;
  /** One sentence. */
  readonly description: string;
  /** @throws ConfigurationError for what the options do not allow */
  create(options?: OptionsFor<Who>): MetricsExporter;
}
