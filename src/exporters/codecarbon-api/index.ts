import { ConfigurationError } from '../../errors.ts';
import { OPTIONS, type OptionsFor, type Settings, settingsFor } from '../../options.ts';
import type { EmissionsRecord } from '../../record/index.ts';
import { type Outbox, openOutbox, type Urgency } from '../../spool.ts';
import type { ExporterDefinition } from '../definition.ts';
import { EmissionsExporter, type WriteContext } from '../exporter.ts';
import { type Api, type Call, type Destination, openApi, readCall } from './api.ts';
import {
  type Accepted,
  acceptedWith,
  emissionBody,
  hasMore,
  NOTHING,
  runBody,
  wholeSecondsSince,
} from './serialize.ts';

export type CodeCarbonApiMetricExporterOptions = OptionsFor<'codecarbon-api'>;

/**
 * Sends runs to the CodeCarbon API as CodeCarbon 3.3 does: POST /runs once, then POST /emissions with
 * what came since the last call that was accepted. A call is due after `apiCallInterval` measurements
 * of `measurePowerSecs`, at the export that comes next, and at the end, however little is left then.
 * What a failed call carried is in the next one, or with `spoolDir` in a file until it is accepted.
 */
export class CodeCarbonApiMetricExporter extends EmissionsExporter {
  readonly #settings: Settings<'codecarbon-api'>;
  readonly #experimentId: string | undefined;
  readonly #isLookedUp: boolean;
  readonly #api: Api;
  readonly #outbox: Outbox<Call>;
  readonly #runs = new Map<string, RunState>();

  /** @throws ConfigurationError for an unknown option, a value that is not allowed, or no `apiKey` */
  constructor(options: CodeCarbonApiMetricExporterOptions) {
    super({ name: 'codecarbon-api' });
    const settings = settingsFor('codecarbon-api', options);
    const destination = destinationOf(settings, options);
    this.#settings = settings;
    // A default would hide the experiment that the run itself names.
    this.#experimentId = options.experimentId === undefined ? undefined : settings.experimentId;
    this.#isLookedUp = destination.experiment !== undefined;
    const api = openApi(destination);
    this.#api = api;
    this.#outbox = openOutbox({
      exporter: 'codecarbon-api',
      url: settings.apiEndpoint,
      directory: settings.spoolDir,
      timeoutMillis: settings.timeoutMillis,
      read: readCall,
      warn: (kind, message) => this.warnOnce(kind, message),
      send: (call, bounds) => api.call(call, bounds),
    });
    if (
      settings.experimentName !== undefined &&
      destination.experiment === undefined &&
      this.#experimentId === undefined
    ) {
      this.warnOnce(
        'experiment',
        'experimentName needs projectId to be looked up; the experiment of the run is used',
      );
    }
  }

  protected override async write(record: EmissionsRecord, context: WriteContext): Promise<void> {
    const state = this.#stateOf(record);
    if (!this.#isDue(record, state, context)) {
      return context.final ? this.#outbox.flush('last chance again') : undefined;
    }
    const made = this.#madeOf(record, state);
    const urgency = urgencyOf(context, made.hasFailed);
    state.calledAt = record.duration ?? 0;
    try {
      await this.#outbox.deliver(record.run_id, made.call, urgency);
      accept(state, made);
    } catch (error) {
      if (this.#outbox.keeps(made.call)) accept(state, made);
      made.hasFailed = true;
      throw error;
    }
  }

  /** Calls in the spool; without one, runs of which something is carried over. */
  protected override setPending(): void {
    const carried = [...this.#runs.values()].filter(({ made }) => made?.hasFailed === true);
    super.setPending(this.#outbox.waiting ?? carried.length);
  }

  #stateOf({ run_id }: EmissionsRecord): RunState {
    const state = this.#runs.get(run_id) ?? { accepted: NOTHING, calledAt: 0, sequence: 0 };
    this.#runs.set(run_id, state);
    return state;
  }

  #isDue(record: EmissionsRecord, state: RunState, { reason, final }: WriteContext): boolean {
    if (!hasMore(record, state.accepted)) return false;
    if (final) return true;
    // The API takes whole seconds: less than one waits for the next call, or the end.
    if (wholeSecondsSince(record, state.accepted) < 1) return false;
    const { apiCallInterval, measurePowerSecs } = this.#settings;
    if (reason === 'flush') return true;
    const measured = ((record.duration ?? 0) - state.calledAt) / measurePowerSecs;
    // Timers are never exact: half a measurement early is not one interval late.
    return apiCallInterval !== -1 && measured >= apiCallInterval - 0.5;
  }

  #madeOf(record: EmissionsRecord, state: RunState): Made {
    if (state.made?.record === record) return state.made;
    const { run_id: runId } = record;
    const emission = emissionBody(record, state.accepted);
    const call: Call = {
      key: `${runId}-${state.sequence}`,
      runId,
      apiRunId: this.#api.apiRunId(runId),
      run: runBody(record, this.#experimentOf(record)),
      emission,
    };
    state.sequence += 1;
    state.made = { record, call, hasFailed: false };
    return state.made;
  }

  #experimentOf(record: EmissionsRecord): string | undefined {
    if (this.#experimentId !== undefined) return this.#experimentId;
    return this.#isLookedUp ? undefined : (record.experiment_id ?? OPTIONS.experimentId.default);
  }
}

interface RunState {
  accepted: Accepted;
  /** Duration of the run at the last call, in s. */
  calledAt: number;
  /** Calls made so far: a repeat that says more has another key. */
  sequence: number;
  made?: Made | undefined;
}

interface Made {
  readonly record: EmissionsRecord;
  readonly call: Call;
  hasFailed: boolean;
}

function accept(state: RunState, { record, call }: Made): void {
  state.accepted = acceptedWith(record, call.emission, state.accepted);
  state.made = undefined;
}

/** The SDK flushes right before the end: what has just failed is not tried with all patience again. */
function urgencyOf({ final }: WriteContext, hasFailed: boolean): Urgency {
  if (!final) return 'interval';
  return hasFailed ? 'last chance again' : 'last chance';
}

function destinationOf(
  settings: Settings<'codecarbon-api'>,
  { experimentId }: CodeCarbonApiMetricExporterOptions,
): Destination {
  const { apiEndpoint: endpoint, apiKey, experimentName: name, projectId } = settings;
  if (apiKey === undefined) throw noKey();
  const isNamed = experimentId === undefined && name !== undefined && projectId !== undefined;
  return { endpoint, apiKey, experiment: isNamed ? { name, projectId } : undefined };
}

const noKey = (): ConfigurationError =>
  new ConfigurationError(
    'apiKey',
    'apiKey: is needed to send to the CodeCarbon API: the token of a project, made at https://dashboard.codecarbon.io.',
  );

export const codecarbonApiExporter: ExporterDefinition<'codecarbon-api'> = {
  id: 'codecarbon-api',
  output: 'api',
  description: 'Runs and what they emit, sent to the CodeCarbon API',
  create: (options = {}) => new CodeCarbonApiMetricExporter(options),
};
