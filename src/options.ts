import { badValue, unknownOption } from './errors.ts';

/**
 * One declaration per option. The TypeScript type, the check, the environment variable, the key in
 * `.codecarbon.config`, the flag of the command line and the row in the README all come from it.
 */
export interface OptionDeclaration<Value> {
  /** Key in `.codecarbon.config`; in kebab-case the flag, in capitals after `CODECARBON_` the variable. */
  readonly key: string;
  /** Turns what a user wrote into a value, or returns undefined when it is not valid. */
  readonly parse: (raw: unknown) => Value | undefined;
  /** What is allowed, for messages and README: `a number >= 1`. */
  readonly allowed: string;
  /** The right words, for suggestions. */
  readonly words?: readonly string[];
  readonly default?: Value;
  /** One sentence with unit. */
  readonly help: string;
  /** Who takes it. */
  readonly takers: readonly Taker[];
  /** What of a wrong value may be shown: a secret is not. */
  readonly shown?: (raw: unknown) => unknown;
  /** Nobody but its owner may see the value. */
  readonly isSecret?: true;
}

export type Taker =
  | 'instrumentation'
  | 'reader'
  | 'csv'
  | 'logfire'
  | 'outputs'
  | 'cli'
  | 'pushgateway'
  | 'logger'
  | 'boamps'
  | 'http'
  | 'codecarbon-api';

interface About<Value> {
  readonly help: string;
  readonly takers: readonly Taker[];
  readonly default?: Value;
}

const INSTRUMENTATION = ['instrumentation'] as const;
const READER = ['reader'] as const;
const PLACE = ['instrumentation', 'reader'] as const;
const CSV = ['csv'] as const;
const LOGGER = ['logger'] as const;
const BOAMPS = ['boamps'] as const;
const PUSHGATEWAY = ['pushgateway'] as const;
const LOGFIRE = ['logfire'] as const;
const CLI = ['cli'] as const;
const HTTP = ['http'] as const;
const API = ['codecarbon-api'] as const;
const NETWORK = ['http', 'codecarbon-api'] as const;
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

export const OPTIONS = {
  projectName: text('project_name', {
    help: 'Name of the project, attribute `project_name` of every point',
    default: 'codecarbon',
    takers: ['instrumentation', 'pushgateway'],
  }),
  experimentId: text('experiment_id', {
    help: 'Identifier of the experiment, in the record',
    default: '5b0fa12a-3dd7-45bb-9766-cc326314d9f1',
    takers: ['instrumentation', 'codecarbon-api'],
  }),
  measurePowerSecs: number(
    'measure_power_secs',
    'a number of seconds from 0.1 to 3600',
    between(0.1, 3600),
    {
      help: 'Seconds between two samples, and the time over which power is averaged',
      default: 1,
      takers: ['instrumentation', 'codecarbon-api'],
    },
  ),
  trackingMode: choice('tracking_mode', ['machine'], {
    help: 'Whose energy is counted: the whole machine',
    default: 'machine',
    takers: INSTRUMENTATION,
  }),
  forceCpuPower: number('force_cpu_power', 'a number of watts above 0', above(0), {
    help: 'Power of the CPU in watts, instead of any measurement or model; method `user`',
    takers: INSTRUMENTATION,
  }),
  forceRamPower: number('force_ram_power', 'a number of watts >= 0', atLeast(0), {
    help: 'Power of the memory in watts, instead of any measurement or model; method `user`',
    takers: INSTRUMENTATION,
  }),
  powerModels: choice('power_models', ['default', 'codecarbon'], {
    help: "Models for machines without counters: ours, or CodeCarbon 3.3's own formulas for comparison",
    default: 'default',
    takers: INSTRUMENTATION,
  }),
  raplIncludeDram: flag('rapl_include_dram', {
    help: 'Count the DRAM counters of RAPL as CPU instead of as RAM',
    default: false,
    takers: INSTRUMENTATION,
  }),
  raplPreferPsys: flag('rapl_prefer_psys', {
    help: 'Use the RAPL domain `psys` (the whole platform) instead of the packages',
    default: false,
    takers: INSTRUMENTATION,
  }),
  pue: number('pue', 'a number >= 1', atLeast(1), {
    help: 'Power usage effectiveness of the data centre; multiplies every reported energy and power',
    default: 1,
    takers: INSTRUMENTATION,
  }),
  semconv: flag('semconv', {
    help: 'Also emit the hardware conventions of OpenTelemetry (`hw.energy`, `hw.power`, `hw.host.*`)',
    default: false,
    takers: INSTRUMENTATION,
  }),
  emissions: choice('emissions', ['reader', 'instrument'], {
    help: 'Who derives emissions: the emissions reader, or the instrumentation itself where readers cannot be wrapped',
    default: 'reader',
    takers: INSTRUMENTATION,
  }),
  countryIsoCode: text('country_iso_code', {
    help: 'Country as an ISO 3166-1 alpha-3 code, for example FRA',
    takers: PLACE,
  }),
  region: text('region', {
    help: 'Region within the country, in the record',
    takers: PLACE,
  }),
  cloudProvider: choice('cloud_provider', ['aws', 'azure', 'gcp'], {
    help: 'Cloud provider',
    takers: PLACE,
  }),
  cloudRegion: text('cloud_region', {
    help: 'Region of the cloud provider, for example europe-west1',
    takers: PLACE,
  }),
  forceCarbonIntensity: number(
    'force_carbon_intensity_g_co2e_kwh',
    'a number of g/kWh >= 0',
    atLeast(0),
    { help: 'Carbon intensity of the electricity in g/kWh, instead of any table', takers: PLACE },
  ),
  wue: number('wue', 'a number of L/kWh >= 0', atLeast(0), {
    help: 'Water usage effectiveness of the data centre in litres per kWh of IT energy',
    default: 0,
    takers: PLACE,
  }),
  energyMetric: text('energy_metric', {
    help: 'Name of the energy counter, in kWh, from which emissions are derived',
    default: 'codecarbon_energy_consumed',
    takers: READER,
  }),
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

export type OptionName = keyof typeof OPTIONS;

type ValueOf<Declared> = Declared extends OptionDeclaration<infer Value> ? Value : never;

type NamesFor<Who extends Taker> = {
  [Name in OptionName]: Who extends (typeof OPTIONS)[Name]['takers'][number] ? Name : never;
}[OptionName];

/** The options that `Who` takes, all optional. */
export type OptionsFor<Who extends Taker> = {
  readonly [Name in NamesFor<Who>]?: ValueOf<(typeof OPTIONS)[Name]> | undefined;
};

type Defaulted = {
  [Name in OptionName]: (typeof OPTIONS)[Name] extends { readonly default: unknown } ? Name : never;
}[OptionName];

/** The same, checked and with defaults filled in. */
export type Settings<Who extends Taker> = {
  readonly [Name in NamesFor<Who> & Defaulted]: ValueOf<(typeof OPTIONS)[Name]>;
} & {
  readonly [Name in Exclude<NamesFor<Who>, Defaulted>]?: ValueOf<(typeof OPTIONS)[Name]>;
};

/**
 * Checks what a caller wrote and fills in the defaults. `foreign` names the keys of the same object
 * that belong to somebody else (`enabled`, `exporter`).
 * @throws ConfigurationError for an unknown option or a value that is not allowed
 */
export function settingsFor<Who extends Taker>(
  who: Who,
  given: OptionsFor<Who>,
  foreign: readonly string[] = [],
): Settings<Who> {
  const known = optionNames(who);
  const settings: Record<string, unknown> = {};
  for (const name of known) {
    const declared: OptionDeclaration<unknown> = OPTIONS[name];
    if (declared.default !== undefined) settings[name] = declared.default;
  }
  for (const [name, raw] of Object.entries(given)) {
    if (raw === undefined || foreign.includes(name)) continue;
    if (!known.includes(name as OptionName)) throw unknownOption(name, [...known, ...foreign]);
    settings[name] = parseOption(name as OptionName, raw);
  }
  return settings as Settings<Who>;
}

/** The value of one option. `as` is how the user wrote its name: `CODECARBON_PUE`, `--pue`. */
export function parseOption(name: OptionName, raw: unknown, as: string = name): unknown {
  const declared: OptionDeclaration<unknown> = OPTIONS[name];
  const value = declared.parse(raw);
  if (value === undefined) {
    const shown = declared.shown?.(raw) ?? raw;
    throw badValue(as, shown, declared.allowed, declared.words);
  }
  return value;
}

/** Everybody who takes an option. */
export const TAKERS: readonly Taker[] = [
  ...new Set(Object.values(OPTIONS).flatMap(({ takers }): readonly Taker[] => takers)),
];

/** Names of the options that `who` takes, in the order of their declarations. */
export function optionNames(who: Taker): readonly OptionName[] {
  const names = Object.keys(OPTIONS) as OptionName[];
  return names.filter((name) => (OPTIONS[name].takers as readonly Taker[]).includes(who));
}

function text<const About_ extends About<string>>(key: string, about: About_) {
  return {
    key,
    allowed: 'a text that is not empty',
    parse: (raw: unknown): string | undefined =>
      typeof raw === 'string' && raw.trim() !== '' ? raw.trim() : undefined,
    ...about,
  };
}

/** A text that no message shows. */
function secret<const About_ extends About<string>>(key: string, about: About_) {
  return { ...text(key, about), isSecret: true as const, shown: () => '***' };
}

/** An address of the web, as it was written. */
function address<const About_ extends About<string>>(key: string, about: About_) {
  return {
    key,
    allowed: 'a URL that begins with http:// or https://',
    parse: (raw: unknown): string | undefined => {
      const url = typeof raw === 'string' && URL.canParse(raw.trim()) ? raw.trim() : undefined;
      return url !== undefined && /^https?:\/\/[^/]/i.test(url) ? url : undefined;
    },
    // Neither user and password nor a query.
    shown: (raw: unknown): unknown =>
      typeof raw === 'string' ? raw.replace(/\/\/[^/]*@/, '//***@').replace(/\?.*$/s, '?***') : raw,
    ...about,
  };
}

type Headers = Readonly<Record<string, string>>;

/** `name=value` separated by commas, values percent-encoded, as in `OTEL_EXPORTER_OTLP_HEADERS`; or an object. */
function headers<const About_ extends About<Headers>>(key: string, about: About_) {
  return {
    key,
    allowed: 'name=value,name=value with names and values that HTTP allows, or an object of them',
    parse: (raw: unknown): Headers | undefined => {
      const pairs = typeof raw === 'string' ? splitPairs(raw) : entriesOf(raw);
      return pairs?.every(isHeader) ? Object.fromEntries(pairs) : undefined;
    },
    isSecret: true as const,
    shown: () => '***',
    ...about,
  };
}

function splitPairs(raw: string): readonly (readonly [string, string])[] | undefined {
  const parts = raw.split(',').filter((part) => part.trim() !== '');
  try {
    return parts.map((part) => {
      const [name = '', ...rest] = part.split('=');
      return [name.trim(), decodeURIComponent(rest.join('=').trim())] as const;
    });
  } catch {
    return undefined;
  }
}

const entriesOf = (raw: unknown): readonly (readonly [string, unknown])[] | undefined =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? Object.entries(raw) : undefined;

/** Headers that say how a message is cut are ours to set. */
const FRAMING = /^(connection|content-length|expect|host|te|trailer|transfer-encoding|upgrade)$/i;

function isHeader(pair: readonly [string, unknown]): pair is [string, string] {
  const [name, value] = pair;
  const isName = /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !FRAMING.test(name);
  return isName && typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]+$/.test(value);
}

function number<const About_ extends About<number>>(
  key: string,
  allowed: string,
  fits: (value: number) => boolean,
  about: About_,
) {
  return {
    key,
    allowed,
    parse: (raw: unknown): number | undefined => {
      const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
      return typeof value === 'number' && Number.isFinite(value) && fits(value) ? value : undefined;
    },
    ...about,
  };
}

function choice<const Word extends string, const About_ extends About<NoInfer<Word>>>(
  key: string,
  words: readonly Word[],
  about: About_,
) {
  return {
    key,
    words,
    allowed: words.join(', '),
    parse: (raw: unknown): Word | undefined => words.find((word) => word === lowerCase(raw)),
    ...about,
  };
}

const lowerCase = (raw: unknown): unknown => (typeof raw === 'string' ? raw.toLowerCase() : raw);

/** Words separated by commas, or an array of them. */
function list<const Word extends string, const About_ extends Omit<About<never>, 'default'>>(
  key: string,
  words: readonly Word[],
  about: About_,
) {
  return {
    key,
    words,
    allowed: `a list of: ${words.join(', ')}`,
    parse: (raw: unknown): readonly Word[] | undefined => {
      const given: readonly unknown[] =
        typeof raw === 'string' ? raw.split(',').map((word) => word.trim()) : toArray(raw);
      const found = words.filter((word) => given.includes(word));
      return found.length === new Set(given).size ? found : undefined;
    },
    ...about,
  };
}

const toArray = (raw: unknown): readonly unknown[] => (Array.isArray(raw) ? raw : [undefined]);

const YES = ['true', 'yes', 'on', '1'];
const NO = ['false', 'no', 'off', '0'];

function flag<const About_ extends About<boolean>>(key: string, about: About_) {
  return {
    key,
    words: ['true', 'false'],
    allowed: 'true or false',
    parse: (raw: unknown): boolean | undefined => {
      if (typeof raw === 'boolean') return raw;
      if (typeof raw !== 'string') return undefined;
      if (YES.includes(raw.toLowerCase())) return true;
      return NO.includes(raw.toLowerCase()) ? false : undefined;
    },
    ...about,
  };
}

/** The path of a JSON file, or what would stand in it. */
function metadata<const About_ extends About<never>>(key: string, about: About_) {
  return {
    key,
    allowed: 'the path of a JSON file, or an object',
    parse: (raw: unknown): string | Readonly<Record<string, unknown>> | undefined => {
      if (typeof raw === 'string' && raw.trim() !== '') return raw.trim();
      const isObject = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
      return isObject ? { ...raw } : undefined;
    },
    ...about,
  };
}

function between(least: number, most: number) {
  return (value: number): boolean => value >= least && value <= most;
}

function port(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 65_535;
}

function atLeast(least: number) {
  return (value: number): boolean => value >= least;
}

function above(bound: number) {
  return (value: number): boolean => value > bound;
}
