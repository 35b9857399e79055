import { resolve } from 'node:path';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type OptionsFor, settingsFor } from '../../options/index.ts';
import { type EmissionsRecord, type Methods, readMethods } from '../../record/index.ts';
import { EmissionsExporter, type WriteContext } from '../exporter.ts';
import { readContext } from './context.ts';
import { writeWhole } from './file.ts';
import { REPORT } from './format.ts';
import type { JsonObject, Problem } from './rules.ts';
import { reportName, toReport } from './serialize.ts';

export type BoampsMetricExporterOptions = OptionsFor<'boamps'>;

/**
 * Writes a BoAmps report (https://github.com/Boavizta/BoAmps, format 0.1) of each run when it ends:
 * `boamps_report_<run_id>.json` in `outputDir`. What nobody can measure (which task, which model,
 * which data) comes from `metadata`, and a warning names what is missing for a valid report.
 *
 *     new BoampsMetricExporter({
 *       outputDir: 'reports',
 *       metadata: {
 *         boamps: {
 *           task: {
 *             taskStage: 'inference',
 *             taskFamily: 'chatbot',
 *             algorithms: [{ algorithmType: 'llm', foundationModelName: 'llama3.1-8b' }],
 *             dataset: [{ dataUsage: 'input', dataType: 'token', dataQuantity: 11 }],
 *           },
 *         },
 *       },
 *     });
 */
export class BoampsMetricExporter extends EmissionsExporter {
  readonly #directory: string;
  readonly #live: boolean;
  readonly #context: JsonObject;
  readonly #methods = new Map<string, Methods>();
  readonly #done = new Map<string, EmissionsRecord>();
  /** Paths of the problems that a person has read about. */
  readonly #told = new Set<string>();

  /** @throws ConfigurationError for an unknown option, a value that is not allowed, or metadata that cannot be read */
  constructor(options: BoampsMetricExporterOptions = {}) {
    super({ name: 'boamps' });
    const { outputDir, live, metadata } = settingsFor('boamps', options);
    this.#directory = resolve(outputDir);
    this.#live = live;
    const { sections, warnings } = readContext(metadata);
    this.#context = sections;
    for (const warning of warnings) this.warnOnce(warning, warning);
    // Told before the work, not after it: what only the user can give.
    const early = REPORT(sections, '').filter(({ path }) => path.startsWith('task'));
    this.#tell('the report will not be valid', early);
  }

  /** The file of a run, as an absolute path. */
  pathOf(runId: string): string {
    return resolve(this.#directory, reportName(runId));
  }

  protected override take(metrics: ResourceMetrics): void {
    super.take(metrics);
    for (const [runId, methods] of readMethods(metrics)) this.#methods.set(runId, methods);
  }

  protected override async write(record: EmissionsRecord, context: WriteContext): Promise<void> {
    if (!context.final && !this.#live) return;
    if (this.#done.get(record.run_id) === record) return;
    const report = toReport(record, this.#methods.get(record.run_id) ?? {}, this.#context);
    const path = this.pathOf(record.run_id);
    await writeWhole(path, `${JSON.stringify(report, undefined, 2)}\n`);
    this.#done.set(record.run_id, record);
    if (context.final) this.#tell(`${path} is not valid`, REPORT(report, ''));
  }

  #tell(what: string, problems: readonly Problem[]): void {
    const news = problems.filter(({ path }) => !this.#told.has(path));
    if (news.length === 0) return;
    for (const { path } of news) this.#told.add(path);
    this.warnOnce(what, `${what} BoAmps: ${news.map(describe).join('; ')}. ${REMEDY}`);
  }
}

const REMEDY =
  'Give it in the metadata (an object or a JSON file) under the key boamps, as in { "boamps": { "task": { … } } }';

const describe = ({ kind, path, allowed }: Problem): string =>
  kind === 'missing' ? `${path} is missing` : `${path} is not ${allowed}`;
