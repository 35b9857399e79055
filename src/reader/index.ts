export type { Derive } from './derive.ts';
export { EmissionsMetricReader } from './emissions-metric-reader.ts';
export {
  type EmissionsMetricReaderOptions,
  type EmissionsReaderOptions,
  readerSettings,
  sdkOptions,
} from './options.ts';
export { deriveFor, withEmissions } from './with-emissions.ts';
