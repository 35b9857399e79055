export {
  type EmissionsRecord,
  MEASURED_FIELDS,
  RECORD_FIELDS,
  type RecordField,
} from './record.ts';
export { type RecordProblem, toRecords } from './to-records.ts';
