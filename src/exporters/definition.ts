import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { OptionName, OptionsFor, Output, Taker } from '../options.ts';

/** One line of the list of exporters: all that trackers, the command line and the README need. */
export interface ExporterDefinition<Who extends Taker = Taker> {
  /** Folder name, and subpath of the package. */
  readonly id: Who;
  /** Word of `output_methods`. */
  readonly output: Output;
  /** One sentence. */
  readonly description: string;
  /** Options without which it cannot be. */
  readonly required?: readonly OptionName[];
  /** Loads the exporter, which nobody pays for who does not use it; gives what makes one. */
  load(): Promise<Make<Who>>;
}

/** @throws ConfigurationError for what the options do not allow */
type Make<Who extends Taker> = (options: OptionsFor<Who>) => PushMetricExporter;
