import type { OptionDeclaration } from './declaration.ts';
import { above, atLeast, between, choice, flag, number, text } from './kinds.ts';

const INSTRUMENTATION = ['instrumentation'] as const;
const READER = ['reader'] as const;
const PLACE = ['instrumentation', 'reader'] as const;

/** What is measured, where, and what emissions are derived from. */
export const MEASURING = {
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
} as const satisfies Record<string, OptionDeclaration<unknown>>;
