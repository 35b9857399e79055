import { type EmissionsRecord, localTimestamp, type Methods } from '../../record/index.ts';
import { SCOPE_NAME } from '../../semconv.ts';
import { SECTIONS } from './context.ts';
import { FORMAT_URI, FORMAT_VERSION } from './format.ts';
import { merge, mergeComponents, mergeMeasures } from './merge.ts';
import { isObject, type JsonObject } from './rules.ts';

/**
 * A BoAmps report of one run: what was measured, and what the user says about the task, which wins.
 * What is not known is left out.
 * @param context sections of the format
 */
export function toReport(
  record: EmissionsRecord,
  methods: Methods,
  context: JsonObject = {},
): JsonObject {
  const measured: Record<string, JsonObject | undefined> = {
    header: header(record),
    system: known({ os: record.os }),
    software: software(record),
    infrastructure: infrastructure(record),
    environment: environment(record, context.environment),
  };
  const { infrastructure: given } = context;
  const components = mergeComponents(
    componentsOf(record),
    isObject(given) ? given.components : undefined,
  );
  const report: JsonObject = {
    ...merge(stripped(measured), context),
    measures: mergeMeasures(measure(record, methods), context.measures),
  };
  const merged = { ...report, infrastructure: withComponents(report.infrastructure, components) };
  return inOrder(merged);
}

/** The name of a run's file, as CodeCarbon gives it. */
export const reportName = (runId: string): string =>
  // A run's identifier is a UUID, unless somebody else made the metrics.
  `boamps_report_${runId.replaceAll(/[^\w.-]/g, '_')}.json`;

const header = ({ run_id, timestamp }: EmissionsRecord): JsonObject =>
  stripped({
    formatVersion: FORMAT_VERSION,
    formatVersionSpecificationUri: FORMAT_URI,
    reportId: run_id,
    reportDatetime: timestamp?.replace('T', ' '),
  });

function measure(record: EmissionsRecord, methods: Methods): JsonObject {
  const hasGpu = (record.gpu_count ?? 0) > 0;
  return stripped({
    measurementMethod: SCOPE_NAME,
    version: record.codecarbon_version,
    cpuTrackingMode: methods.cpu,
    gpuTrackingMode: hasGpu ? methods.gpu : undefined,
    averageUtilizationCpu: toFraction(record.cpu_utilization_percent),
    averageUtilizationGpu: hasGpu ? toFraction(record.gpu_utilization_percent) : undefined,
    powerConsumption: record.energy_consumed,
    measurementDuration: record.duration,
    measurementDateTime: beginning(record),
  });
}

/** The format asks when the measurement began. */
function beginning({ timestamp, duration }: EmissionsRecord): string | undefined {
  if (timestamp === undefined || duration === undefined) return undefined;
  const began = Date.parse(timestamp) / 1e3 - duration;
  return localTimestamp([Math.floor(began), 0])?.replace('T', ' ');
}

function software({ python_version: runtime }: EmissionsRecord): JsonObject | undefined {
  if (runtime === undefined) return undefined;
  return { language: 'javascript', version: runtime };
}

function infrastructure({ on_cloud, cloud_provider }: EmissionsRecord): JsonObject {
  if (on_cloud === 'Y' || cloud_provider !== undefined) {
    return stripped({ infraType: 'publicCloud', cloudProvider: cloud_provider });
  }
  return stripped({ infraType: on_cloud === 'N' ? 'onPremise' : undefined });
}

function componentsOf(record: EmissionsRecord): readonly JsonObject[] {
  const { cpu_count, cpu_model, gpu_count = 0, gpu_model, ram_total_size } = record;
  const counted = [
    { componentName: cpu_model, componentType: 'cpu', nbComponent: cpu_count ?? 0 },
    { componentName: gpu_model, componentType: 'gpu', nbComponent: gpu_count },
    {
      componentType: 'ram',
      nbComponent: ram_total_size === undefined ? 0 : 1,
      memorySize: ram_total_size,
    },
  ];
  return counted.filter(({ nbComponent }) => nbComponent > 0).map(stripped);
}

function withComponents(section: unknown, components: unknown): unknown {
  const isEmpty = Array.isArray(components) && components.length === 0;
  return isObject(section) && !isEmpty ? { ...section, components } : section;
}

/** A place without a country is not valid in the format: left out, unless the user says more about it. */
function environment(record: EmissionsRecord, given: unknown): JsonObject | undefined {
  const country = record.country_name ?? record.country_iso_code;
  if (country === undefined && given === undefined) return undefined;
  return stripped({
    country,
    latitude: record.latitude,
    longitude: record.longitude,
    location: record.region ?? record.cloud_region,
    powerSourceCarbonIntensity: meanIntensity(record),
  });
}

/** Grams per kWh that the run's emissions were computed with, as its mean. */
function meanIntensity({ emissions, energy_consumed }: EmissionsRecord): number | undefined {
  if (emissions === undefined || energy_consumed === undefined || !(energy_consumed > 0)) {
    return undefined;
  }
  return Number(((emissions * 1e3) / energy_consumed).toPrecision(9));
}

const toFraction = (percent: number | undefined): number | undefined =>
  percent === undefined ? undefined : Math.round(percent * 100) / 1e4;

/** Without what is not known. */
const stripped = (section: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined));

function known(section: JsonObject): JsonObject | undefined {
  const rest = stripped(section);
  return Object.keys(rest).length === 0 ? undefined : rest;
}

const inOrder = (report: JsonObject): JsonObject =>
  stripped(Object.fromEntries(SECTIONS.map((name) => [name, report[name]])));
