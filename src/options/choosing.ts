import type { OptionDeclaration } from './declaration.ts';
import { between, choice, flag, list, number, port, text } from './kinds.ts';

const CLI = ['cli'] as const;
const OUTPUT_CHOICE = ['outputs'] as const;

/** Words of `output_methods`, as CodeCarbon has them; `prometheus` is the Pushgateway. */
export const OUTPUTS = [
  'csv',
  'api',
  'logger',
  'prometheus',
  'logfire',
  'boamps',
  'http',
  'otlp',
] as const;

export type Output = (typeof OUTPUTS)[number];

/** Which outputs there are, and what the command line does. */
export const CHOOSING = {
  outputMethods: list('output_methods', OUTPUTS, {
    help: 'Outputs, separated by commas; default csv, and http where `emissions_endpoint` is set',
    takers: OUTPUT_CHOICE,
  }),
  saveToFile: flag('save_to_file', {
    help: 'Older form of `output_methods`: write the CSV file',
    default: true,
    takers: OUTPUT_CHOICE,
  }),
  saveToApi: flag('save_to_api', {
    help: 'Older form of `output_methods`: send to the CodeCarbon API',
    default: false,
    takers: OUTPUT_CHOICE,
  }),
  saveToLogger: flag('save_to_logger', {
    help: 'Older form of `output_methods`: write to a logger',
    default: false,
    takers: OUTPUT_CHOICE,
  }),
  saveToPrometheus: flag('save_to_prometheus', {
    help: 'Older form of `output_methods`: push to a Prometheus Pushgateway',
    default: false,
    takers: OUTPUT_CHOICE,
  }),
  saveToLogfire: flag('save_to_logfire', {
    help: 'Older form of `output_methods`: send to Logfire',
    default: false,
    takers: OUTPUT_CHOICE,
  }),
  prometheusPort: number('prometheus_port', 'a port from 1 to 65535', port, {
    help: 'Serve the metrics for Prometheus on this port while measuring',
    takers: CLI,
  }),
  prometheusHost: text('prometheus_host', {
    help: 'Address that the metrics for Prometheus are served on',
    default: '127.0.0.1',
    takers: CLI,
  }),
  duration: number('duration', 'a number of seconds from 0 to 2000000', between(0, 2_000_000), {
    help: 'Seconds to measure when there is no command; 0 means until Ctrl-C',
    default: 0,
    takers: CLI,
  }),
  json: flag('json', {
    help: 'Print the record as one line of JSON, the last line on stdout',
    default: false,
    takers: CLI,
  }),
  logLevel: choice('log_level', ['debug', 'info', 'warning', 'error', 'critical'], {
    help: 'Least severe messages to print',
    default: 'warning',
    takers: CLI,
  }),
} as const satisfies Record<string, OptionDeclaration<unknown>>;
