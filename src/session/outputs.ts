import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { type Configuration, optionsOf } from '../config/index.ts';
import { ConfigurationError } from '../errors.ts';
import { EXPORTERS, type ExporterDefinition, type Objects } from '../exporters/index.ts';
import { type Output, settingsFor } from '../options/index.ts';
import { checkLogfire, type LoginIo, logInFirst } from './log-in.ts';
import { otlpOutput } from './otlp.ts';

/** What no configuration holds. */
export interface Surroundings extends Objects {
  /** Who is asked to log in; default whoever sits at the terminal of this process. */
  readonly person?: LoginIo | undefined;
}

/**
 * Loads and makes an output; a person is asked to log in first where one must.
 * @throws ConfigurationError for options that it does not allow, and what a log-in throws
 */
export async function openOutput(
  output: Output,
  configuration: Configuration,
  { person, ...objects }: Surroundings = {},
): Promise<PushMetricExporter> {
  const definition = definitionOf(output);
  if (definition === undefined) return otlpOutput();
  if (output === 'logfire') await logInFirst(configuration, person);
  const make = await definition.load();
  return make(optionsOf(configuration, definition.id), objects);
}

/**
 * `output_methods` decides; the older `save_to_*` where it is not set. Nothing is loaded.
 * @throws ConfigurationError for an output without what it needs
 */
export function chosenOutputs(
  configuration: Configuration,
  { person, ...objects }: Surroundings = {},
): readonly Output[] {
  const chosen = wantedOutputs(configuration);
  for (const output of chosen) {
    const definition = definitionOf(output);
    for (const name of definition?.required ?? []) {
      if (configuration.options[name] !== undefined) continue;
      throw new ConfigurationError(name, `${name}: required by the output "${output}"`);
    }
    definition?.check?.(optionsOf(configuration, definition.id), objects);
  }
  if (chosen.includes('logfire')) checkLogfire(configuration, person);
  return chosen;
}

function wantedOutputs(configuration: Configuration): readonly Output[] {
  const { outputMethods, ...older } = settingsFor('outputs', optionsOf(configuration, 'outputs'));
  if (outputMethods !== undefined) return outputMethods;
  const wanted: Readonly<Partial<Record<Output, boolean>>> = {
    csv: older.saveToFile,
    api: older.saveToApi,
    logger: older.saveToLogger,
    prometheus: older.saveToPrometheus,
    logfire: older.saveToLogfire,
    http: configuration.options.emissionsEndpoint !== undefined,
  };
  return (Object.keys(wanted) as Output[]).filter((output) => wanted[output]);
}

/** Undefined for OpenTelemetry's own exporter. */
const definitionOf = (output: Output): ExporterDefinition | undefined =>
  EXPORTERS.find((exporter) => exporter.output === output);
