import { ConfigurationError } from '../../errors.ts';
import { OPTIONS, type OptionsFor, type Settings, settingsFor } from '../../options/index.ts';
import type { EmissionsRecord } from '../../record/index.ts';
import { type Outbox, openOutbox, urgencyOf } from '../../spool.ts';
import { EmissionsExporter, type WriteContext } from '../exporter.ts';
import { type Api, type Call, type Named, openApi, readCall } from './api.ts';
import { accept, isDue, makeCall, newRun, type RunState } from './run-state.ts';
import { runBody } from './serialize.ts';

export type CodeCarbonApiMetricExporterOptions = OptionsFor<'codecarbon-api'>;

/**
 * Sends runs to the CodeCarbon API as CodeCarbon 3.3 does: POST /runs once, then POST /emissions with
 * what came since the last call that was accepted. A call is due after `apiCallInterval` measurements
 * of `measurePowerSecs`, at the export that comes next, and at the end, however little is left then.
 * What a failed call carried is in the next one, or with `spoolDir` in a file until it is accepted.
 */
export class CodeCarbonApiMetricExporter extends EmissionsExporter {
  readonly #settings: Settings<'codecarbon-api'>;
  /** Undefined: the experiment that the run names. */
  readonly #experimentId: string | undefined;
  readonly #named: Named | undefined;
  readonly #api: Api;
  readonly #outbox: Outbox<Call>;
  readonly #runs = new Map<string, RunState>();

  /** @throws ConfigurationError for an unknown option, a value that is not allowed, or no `apiKey` */
  constructor(options: CodeCarbonApiMetricExporterOptions = {}) {
    super({ name: 'codecarbon-api' });
    const settings = settingsFor('codecarbon-api', options);
    const { apiEndpoint: endpoint, apiKey } = settings;
    if (apiKey === undefined) throw noKey();
    this.#settings = settings;
    // The default would hide the experiment that the run itself names.
    this.#experimentId = options.experimentId === undefined ? undefined : settings.experimentId;
    this.#named = this.#experimentId === undefined ? this.#byName(settings) : undefined;
    const api = openApi({ endpoint, apiKey, experiment: this.#named });
    this.#api = api;
    this.#outbox = openOutbox({
      exporter: 'codecarbon-api',
      url: endpoint,
      directory: settings.spoolDir,
      timeoutMillis: settings.timeoutMillis,
      read: readCall,
      warn: (kind, message) => this.warnOnce(kind, message),
      send: (call, bounds) => api.call(call, bounds),
    });
  }

  protected override async write(record: EmissionsRecord, context: WriteContext): Promise<void> {
    const state = this.#stateOf(record);
    const { apiCallInterval, measurePowerSecs } = this.#settings;
    const interval = apiCallInterval * measurePowerSecs;
    if (!isDue(record, state, context, interval, measurePowerSecs / 2)) {
      return context.final ? this.#outbox.flush('last chance again') : undefined;
    }
    const run = { body: this.#runBody(record), apiRunId: this.#api.apiRunId(record.run_id) };
    const made = makeCall(record, state, context, run);
    state.calledAt = record.duration ?? 0;
    try {
      await this.#outbox.deliver(record.run_id, made.call, urgencyOf(context, made.hasFailed));
      accept(state, made);
    } catch (error) {
      made.hasFailed = true;
      if (this.#outbox.keeps(made.call)) accept(state, made);
      throw error;
    }
  }

  /** Calls in the spool; without one, runs of which something is carried over. */
  protected override setPending(): void {
    const carried = [...this.#runs.values()].filter(({ made }) => made?.hasFailed === true);
    super.setPending(this.#outbox.waiting ?? carried.length);
  }

  #stateOf({ run_id }: EmissionsRecord): RunState {
    const state = this.#runs.get(run_id) ?? newRun();
    this.#runs.set(run_id, state);
    return state;
  }

  #runBody(record: EmissionsRecord): ReturnType<typeof runBody> {
    const ofRun = record.experiment_id ?? OPTIONS.experimentId.default;
    return runBody(record, this.#named === undefined ? (this.#experimentId ?? ofRun) : undefined);
  }

  #byName({ experimentName: name, projectId }: Settings<'codecarbon-api'>): Named | undefined {
    if (name === undefined) return undefined;
    if (projectId !== undefined) return { name, projectId };
    const why = 'experimentName needs projectId to be looked up; the experiment of the run is used';
    this.warnOnce('experiment', why);
    return undefined;
  }
}

const noKey = (): ConfigurationError =>
  new ConfigurationError(
    'apiKey',
    'apiKey: is needed to send to the CodeCarbon API: the token of a project, made at https://dashboard.codecarbon.io.',
  );
