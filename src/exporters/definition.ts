import type { LoggerProvider } from '@opentelemetry/api-logs';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { OptionName, OptionsFor, Output, Taker } from '../options/index.ts';
import type { GoogleCloudLog, InfoLogger } from './logger/index.ts';

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
  /** Looks at what is wrong before anything is loaded. @throws ConfigurationError */
  check?(options: OptionsFor<Who>, objects: Objects): void;
  /** Loads the exporter, which nobody pays for who does not use it; gives what makes one. */
  load(): Promise<Make<Who>>;
}

/** @throws ConfigurationError for what the options do not allow */
type Make<Who extends Taker> = (options: OptionsFor<Who>, objects: Objects) => PushMetricExporter;

/** What a program hands over that no variable and no file can hold. */
export interface Objects {
  /** Where the output `logger` writes; default `console`. */
  readonly logger?: InfoLogger | GoogleCloudLog | false | undefined;
  /** Where its log records go; default the global provider. */
  readonly loggerProvider?: LoggerProvider | false | undefined;
}
