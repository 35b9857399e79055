import { readFileSync } from 'node:fs';
import { default as AjvDraft4, type ErrorObject } from 'ajv-draft-04';
import type { JsonObject } from '../../../src/exporters/boamps/rules.ts';

const HOME = 'https://raw.githubusercontent.com/Boavizta/BoAmps/main/model';
const PARTS = ['algorithm', 'dataset', 'hardware', 'measure', 'report'];

/** What the published schemas find wrong with a report, by an independent validator. */
export const schemaErrors: (report: unknown) => readonly ErrorObject[] = (() => {
  const ajv = new AjvDraft4.default({ allErrors: true, strict: false });
  for (const part of PARTS) {
    const file = new URL(`data/${part}_schema.json`, import.meta.url);
    ajv.addSchema(JSON.parse(readFileSync(file, 'utf8')));
  }
  const validate = ajv.getSchema(`${HOME}/report_schema.json`);
  if (validate === undefined) throw new Error('the schema of the report is missing');
  return (report) => (validate(report) ? [] : (validate.errors ?? []));
})();

/** The context of a task with all that only a user can give. */
export const TASK: JsonObject = {
  taskStage: 'inference',
  taskFamily: 'chatbot',
  nbRequest: 1,
  algorithms: [{ algorithmType: 'llm', foundationModelName: 'llama3.1-8b', parametersNumber: 8 }],
  dataset: [
    { dataUsage: 'input', dataType: 'token', dataQuantity: 11 },
    { dataUsage: 'output', dataType: 'token', dataQuantity: 828 },
  ],
};
