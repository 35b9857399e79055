import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { type Configuration, optionsOf } from '../config/index.ts';
import { EXPORTERS } from '../exporters/index.ts';
import { type OptionName, type Output, settingsFor } from '../options.ts';
import { otlpOutput } from './otlp.ts';

/** Makes the outputs that a configuration asks for. @throws ConfigurationError for what they do not allow */
export function openOutputs(configuration: Configuration): readonly PushMetricExporter[] {
  return chosenOutputs(configuration).map((output) => {
    if (output === 'otlp') return otlpOutput();
    return createOutput(output, configuration);
  });
}

/** `output_methods` decides; the older `save_to_*` where it is not set. */
export function chosenOutputs(configuration: Configuration): readonly Output[] {
  const { outputMethods, ...older } = settingsFor('outputs', optionsOf(configuration, 'outputs'));
  if (outputMethods !== undefined) return outputMethods;
  const wanted: Readonly<Partial<Record<Output, boolean>>> = {
    csv: older.saveToFile,
    api: older.saveToApi,
    logger: older.saveToLogger,
    prometheus: older.saveToPrometheus,
    logfire: older.saveToLogfire,
    http: isSet(configuration, 'emissionsEndpoint'),
  };
  return (Object.keys(wanted) as Output[]).filter((output) => wanted[output]);
}

const isSet = ({ options }: Configuration, name: string): boolean =>
  options[name as OptionName] !== undefined;

function createOutput(output: Output, configuration: Configuration): PushMetricExporter {
  const found = EXPORTERS.find((exporter) => exporter.output === output);
  if (found === undefined) throw new Error(`no exporter for the output ${output}`);
  return found.create(optionsOf(configuration, found.id));
}
