export { type Methods, readMethods } from './methods.ts';
export {
  type EmissionsRecord,
  MEASURED_FIELDS,
  RECORD_FIELDS,
  type RecordField,
} from './record.ts';
export { localTimestamp } from './timestamp.ts';
export { type RecordProblem, toRecords } from './to-records.ts';
