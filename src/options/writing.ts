import type { OptionDeclaration } from './declaration.ts';
import { headers } from './headers.ts';
import { address, between, choice, flag, metadata, number, secret, text } from './kinds.ts';

const CSV = ['csv'] as const;
const LOGGER = ['logger'] as const;
const BOAMPS = ['boamps'] as const;
const PUSHGATEWAY = ['pushgateway'] as const;
const LOGFIRE = ['logfire'] as const;
const HTTP = ['http'] as const;
const API = ['codecarbon-api'] as const;
const NETWORK = ['http', 'codecarbon-api'] as const;

/** What each output takes. */
export const WRITING = {
  outputDir: text('output_dir', {
    help: 'Directory of the CSV file and of BoAmps reports',
    default: '.',
    takers: ['csv', 'boamps'],
  }),
  outputFile: text('output_file', {
    help: 'Name of the CSV file',
    default: 'emissions.csv',
    takers: CSV,
  }),
  onCsvWrite: choice('on_csv_write', ['update', 'append'], {
    help: 'One row per run kept up to date, or one row per explicit flush or stop',
    default: 'update',
    takers: CSV,
  }),
  logfireToken: secret('logfire_token', {
    help: 'Write token of a Logfire project; default `LOGFIRE_TOKEN`, then the credentials file',
    takers: LOGFIRE,
  }),
  logfireBaseUrl: text('logfire_base_url', {
    help: 'Address of Logfire; default `LOGFIRE_BASE_URL`, then the region of the token',
    takers: LOGFIRE,
  }),
  logfireCredentialsDir: text('logfire_credentials_dir', {
    help: 'Directory of `logfire_credentials.json`; default `LOGFIRE_CREDENTIALS_DIR`, then `.logfire`',
    takers: LOGFIRE,
  }),
  prometheusUrl: text('prometheus_url', {
    help: 'Address of the Pushgateway; a user and a password may stand in it',
    default: 'http://localhost:9091',
    takers: PUSHGATEWAY,
  }),
  prometheusUsername: text('prometheus_username', {
    help: 'User for the Pushgateway; else `PROMETHEUS_USERNAME`',
    takers: PUSHGATEWAY,
  }),
  prometheusPassword: secret('prometheus_password', {
    help: 'Password for the Pushgateway; else `PROMETHEUS_PASSWORD`',
    takers: PUSHGATEWAY,
  }),
  job: text('prometheus_job', {
    help: 'Label `job` of what is pushed',
    default: 'codecarbon',
    takers: PUSHGATEWAY,
  }),
  instance: text('prometheus_instance', {
    help: 'Label `instance` of what is pushed; else `service.instance.id`, else host and project',
    takers: PUSHGATEWAY,
  }),
  include: choice('prometheus_include', ['own', 'all'], {
    help: 'Push the metrics of this package only, or those of the whole program',
    default: 'own',
    takers: PUSHGATEWAY,
  }),
  onShutdown: choice('prometheus_on_shutdown', ['keep', 'delete'], {
    help: 'At the end leave the last values in the Pushgateway, or delete them',
    default: 'keep',
    takers: PUSHGATEWAY,
  }),
  graceMillis: number(
    'prometheus_grace_millis',
    'a number of ms from 0 to 600000',
    between(0, 600_000),
    {
      help: 'How long the last values stay before they are deleted: longer than a scrape interval',
      default: 15_000,
      takers: PUSHGATEWAY,
    },
  ),
  loggerPreamble: text('logger_preamble', {
    help: 'Text in brackets before each message of the logger output',
    takers: LOGGER,
  }),
  loggerLevel: choice('logger_level', ['debug', 'info', 'warning', 'error', 'critical'], {
    help: 'Level at which the logger output writes',
    default: 'info',
    takers: LOGGER,
  }),
  loggerFormat: choice('logger_format', ['json', 'object', 'google-cloud'], {
    help: 'One line of JSON, an object for a logger that keeps fields, or a line as Google Cloud Logging reads it',
    default: 'json',
    takers: LOGGER,
  }),
  metadata: metadata('metadata', {
    help: 'What reports say beside the measurement; the key `boamps` holds the context of the task',
    takers: BOAMPS,
  }),
  live: flag('live', {
    help: 'Write (http: post) at every export, not only when the run stops',
    default: false,
    takers: ['logger', 'boamps', 'http'],
  }),
  emissionsEndpoint: address('emissions_endpoint', {
    help: 'URL to which the record of each run is posted as JSON',
    takers: HTTP,
  }),
  headers: headers('http_headers', {
    help: 'Headers of each post, `name=value` separated by commas, values percent-encoded',
    takers: HTTP,
  }),
  hmacSecret: secret('http_hmac_secret', {
    help: 'Secret of the signature: HMAC-SHA256 of the body, in hex, in the header `X-Signature-256: sha256=…`',
    takers: HTTP,
  }),
  apiEndpoint: address('api_endpoint', {
    help: 'URL of the CodeCarbon API',
    default: 'https://api.codecarbon.io',
    takers: API,
  }),
  apiKey: secret('api_key', {
    help: 'Token of the project at the CodeCarbon API; nothing is sent without',
    takers: API,
  }),
  apiCallInterval: number(
    'api_call_interval',
    'a whole number of measurements >= 1, or -1',
    (value) => Number.isInteger(value) && (value >= 1 || value === -1),
    {
      help: 'Measurements (of `measure_power_secs` each) between two calls of the CodeCarbon API; -1: only when the run stops',
      default: 8,
      takers: API,
    },
  ),
  experimentName: text('experiment_name', {
    help: 'Name of the experiment at the CodeCarbon API, looked up in `project_id`, where no `experiment_id` is set',
    takers: API,
  }),
  projectId: text('project_id', {
    help: 'Identifier of the project at the CodeCarbon API, to look up `experiment_name` in',
    takers: API,
  }),
  timeoutMillis: number(
    'http_timeout_millis',
    'a number of ms from 100 to 600000',
    between(100, 600_000),
    {
      help: 'Milliseconds for a delivery over HTTP, further tries included',
      default: 10_000,
      takers: NETWORK,
    },
  ),
  spoolDir: text('spool_dir', {
    help: 'Directory that keeps what could not be sent over HTTP until it can be, by this or a later process',
    takers: NETWORK,
  }),
} as const satisfies Record<string, OptionDeclaration<unknown>>;
