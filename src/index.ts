export { ConfigurationError } from './errors.ts';
export {
  EmissionsExporter,
  type EmissionsExporterOptions,
  type WriteContext,
} from './exporters/exporter.ts';
export {
  CodeCarbonInstrumentation,
  type CodeCarbonInstrumentationConfig,
} from './instrument/index.ts';
export {
  EmissionsMetricReader,
  type EmissionsMetricReaderOptions,
  type EmissionsReaderOptions,
  withEmissions,
} from './reader/index.ts';
export { type EmissionsRecord, RECORD_FIELDS, type RecordField } from './record/index.ts';
export {
  EmissionsTracker,
  type EmissionsTrackerOptions,
  OfflineEmissionsTracker,
} from './tracker/index.ts';
