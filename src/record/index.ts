export {
  type EmissionsRecord,
  MEASURED_FIELDS,
  RECORD_FIELDS,
  type RecordField,
} from './record.ts';
export { type RecordProblem, type Records, toRecords } from './to-records.ts';
