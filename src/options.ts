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
}

export type Taker = 'instrumentation' | 'reader' | 'csv' | 'logfire' | 'cli';

interface About<Value> {
  readonly help: string;
  readonly takers: readonly Taker[];
  readonly default?: Value;
}

const INSTRUMENTATION = ['instrumentation'] as const;
const READER = ['reader'] as const;
const PLACE = ['instrumentation', 'reader'] as const;
const CSV = ['csv'] as const;
const LOGFIRE = ['logfire'] as const;
const CLI = ['cli'] as const;

export const OPTIONS = {
  projectName: text('project_name', {
    help: 'Name of the project, attribute `project_name` of every point',
    default: 'codecarbon',
    takers: INSTRUMENTATION,
  }),
  experimentId: text('experiment_id', {
    help: 'Identifier of the experiment, in the record',
    default: '5b0fa12a-3dd7-45bb-9766-cc326314d9f1',
    takers: INSTRUMENTATION,
  }),
  measurePowerSecs: number(
    'measure_power_secs',
    'a number of seconds from 0.1 to 3600',
    between(0.1, 3600),
    {
      help: 'Seconds between two samples, and the time over which power is averaged',
      default: 1,
      takers: INSTRUMENTATION,
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
    help: 'Directory of the CSV file',
    default: '.',
    takers: CSV,
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
  logfireToken: text('logfire_token', {
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
  outputMethods: list('output_methods', ['csv'], {
    help: 'Outputs, separated by commas',
    takers: CLI,
  }),
  saveToFile: flag('save_to_file', {
    help: 'Older form of `output_methods`: write the CSV file',
    default: true,
    takers: CLI,
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
  if (value === undefined) throw badValue(as, raw, declared.allowed, declared.words);
  return value;
}

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
