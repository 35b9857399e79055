import type { LogRecord } from '@opentelemetry/api-logs';
import type { Settings } from '../../options/index.ts';
import { type EmissionsRecord, RECORD_FIELDS } from '../../record/index.ts';

/** Levels of the logger output: the words of CodeCarbon and of Python's logging. */
export type Level = Settings<'logger'>['loggerLevel'];

export type Fields = Readonly<Record<string, string | number | null>>;

/** Name of the event in OpenTelemetry's log records. */
export const EVENT_NAME = 'codecarbon.run';

/** Prefix of the attributes in OpenTelemetry's log records: a record's `os` is not the log's. */
const ATTRIBUTE_PREFIX = 'codecarbon.';

/** A record's fields in their order; null for what is not known. */
export const toFields = (record: EmissionsRecord): Fields =>
  Object.fromEntries(RECORD_FIELDS.map((field) => [field, record[field] ?? null]));

/** The record as one line of JSON, as CodeCarbon's LoggerOutput writes it, after the preamble. */
export const toLine = (record: EmissionsRecord, preamble: string | undefined): string =>
  withPreamble(JSON.stringify(toFields(record)), preamble);

/** One sentence for the eye: `project "p": 0.000123 kWh, 4.56e-6 kg CO2-equivalent in 12.5 s`. */
export function toSentence(record: EmissionsRecord, preamble: string | undefined): string {
  const { project_name, energy_consumed, emissions, duration } = record;
  const figures = [
    `${short(energy_consumed)} kWh`,
    ...(emissions === undefined ? [] : [`${short(emissions)} kg CO2-equivalent`]),
  ];
  const sentence = `project "${project_name}": ${figures.join(', ')} in ${short(duration)} s`;
  return withPreamble(sentence, preamble);
}

/**
 * The record as Google Cloud's agents read it from a line of JSON: the fields become the entry's
 * `jsonPayload`, `severity` and `message` what the Logs Explorer shows
 * (Cloud Logging documentation, "Structured logging").
 */
export const toGoogleLine = (
  record: EmissionsRecord,
  level: Level,
  preamble: string | undefined,
): string => JSON.stringify({ severity: googleSeverity(level), ...toPayload(record, preamble) });

/** The fields with a sentence beside them. A new object each time: some loggers write into what they get. */
export const toPayload = (record: EmissionsRecord, preamble: string | undefined): Fields => ({
  message: toSentence(record, preamble),
  ...toFields(record),
});

/** Name of a LogSeverity of Google Cloud Logging. */
export const googleSeverity = (level: Level): string => level.toUpperCase();

/** An event of OpenTelemetry's logs: the sentence as body, the fields that are known as attributes. */
export function toLogRecord(
  record: EmissionsRecord,
  level: Level,
  preamble: string | undefined,
): LogRecord {
  const known = RECORD_FIELDS.filter((field) => record[field] !== undefined);
  const measuredAt = Date.parse(record.timestamp ?? '');
  return {
    eventName: EVENT_NAME,
    ...SEVERITIES[level],
    ...(Number.isFinite(measuredAt) && { timestamp: measuredAt }),
    body: toSentence(record, preamble),
    attributes: Object.fromEntries(
      known.map((field) => [`${ATTRIBUTE_PREFIX}${field}`, record[field]]),
    ),
  };
}

/** Numbers of the log data model of OpenTelemetry, "Field: SeverityNumber". */
const SEVERITIES = {
  debug: { severityNumber: 5, severityText: 'DEBUG' },
  info: { severityNumber: 9, severityText: 'INFO' },
  warning: { severityNumber: 13, severityText: 'WARN' },
  error: { severityNumber: 17, severityText: 'ERROR' },
  critical: { severityNumber: 21, severityText: 'FATAL' },
} as const satisfies Record<Level, LogRecord>;

const withPreamble = (message: string, preamble: string | undefined): string =>
  preamble === undefined ? message : `[${preamble}] ${message}`;

const short = (value: number | undefined): string =>
  value === undefined ? 'an unknown amount of' : String(Number(value.toPrecision(4)));
