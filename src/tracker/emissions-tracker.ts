import { randomUUID } from 'node:crypto';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import {
  type Configuration,
  type Explicit,
  inUsersWords,
  optionsOf,
  readConfiguration,
} from '../config/index.ts';
import { ConfigurationError, unknownOption } from '../errors.ts';
import type { Objects } from '../exporters/index.ts';
import { hindrance } from '../instrument/hindrance.ts';
import { CodeCarbonInstrumentation } from '../instrument/index.ts';
import {
  OPTIONS,
  type OptionName,
  type OptionsFor,
  type Output,
  type Taker,
} from '../options/index.ts';
import { isSdkDisabled } from '../otel.ts';
import { resolvePlace } from '../place/index.ts';
import { type EmissionsRecord, RECORD_FIELDS, toRecords } from '../record/index.ts';
import { chosenOutputs } from '../session/outputs.ts';
import type { Session } from '../session/session.ts';
import { atExit } from './at-exit.ts';
import { readHandlers } from './handlers.ts';
import { log } from './log.ts';

/** Options of a tracker: those of the instrumentation, the reader and every output in one object. */
export type EmissionsTrackerOptions = OptionsFor<Exclude<Taker, 'cli'>> &
  Objects & {
    /** Outputs of one's own, beside those that `outputMethods` names. */
    readonly outputHandlers?: readonly PushMetricExporter[] | undefined;
    /** CodeCarbon's name of `logger`. */
    readonly loggingLogger?: Objects['logger'];
  };

/**
 * Measures from `start()` to `stop()` and writes to every output that is chosen, as CodeCarbon's class of
 * this name does. Options that are not given come from `CODECARBON_*` variables and `.codecarbon.config`.
 * It has a meter provider of its own; several trackers share one set of probes.
 */
export class EmissionsTracker {
  readonly #configuration: Configuration;
  readonly #outputs: readonly Output[];
  readonly #handlers: readonly PushMetricExporter[];
  readonly #objects: Objects;
  #instrumentation: CodeCarbonInstrumentation | undefined;
  /** Undefined inside where nothing can be written: switched off, or it could not be opened. */
  #session: Promise<Session | undefined> | undefined;
  #forget: (() => void) | undefined;
  #ended: Promise<EmissionsRecord> | undefined;

  /** @throws ConfigurationError for an unknown option or a value that is not allowed, wherever it is set */
  constructor(options: EmissionsTrackerOptions = {}) {
    const { outputHandlers, logger, loggingLogger, loggerProvider, ...given } = options;
    this.#configuration = readConfiguration(explicit(given));
    this.#handlers = readHandlers(outputHandlers);
    this.#objects = { logger: logger ?? loggingLogger, loggerProvider };
    this.check(this.#configuration);
    this.#outputs = this.#checked(() => {
      resolvePlace(optionsOf(this.#configuration, 'instrumentation'));
      return chosenOutputs(this.#configuration, this.#objects);
    });
    for (const warning of this.#configuration.warnings) log.warn(warning);
  }

  /** What a kind of tracker asks of its configuration; called before anything is opened. */
  protected check(_configuration: Configuration): void {}

  /**
   * Begins to measure, at once; outputs are loaded meanwhile. A program that forgets `stop()` still has its
   * last figures written, unless it calls `process.exit()`. A second call changes nothing.
   */
  start(): void {
    if (this.#session !== undefined) {
      log.warn('start() of a tracker that has been started changes nothing');
      return;
    }
    this.#session = isSwitchedOff() ? Promise.resolve(undefined) : this.#begin();
  }

  /**
   * Writes the figures up to now to every output, and gives them back.
   * @throws Error when the tracker has not been started
   */
  async flush(): Promise<EmissionsRecord> {
    if (this.#ended !== undefined) return this.#ended;
    const session = await this.#running();
    return this.#recordOf(await session?.flush());
  }

  /**
   * Ends the measurement, at once, and writes the last figures; what an output could not write is logged.
   * A second call gives the same record.
   * @throws Error when the tracker has not been started
   */
  async stop(): Promise<EmissionsRecord> {
    this.#running();
    this.#ended ??= this.#stop();
    return this.#ended;
  }

  #begin(): Promise<Session | undefined> {
    const why = hindrance();
    // The instrumentation warns where a program may be wrong; who starts a tracker always wants figures.
    if (why !== undefined) (why.level === 'warn' ? log.alone : log.warn)(why.message);
    const instrumentation = new CodeCarbonInstrumentation(
      optionsOf(this.#configuration, 'instrumentation'),
    );
    this.#instrumentation = instrumentation;
    this.#forget = atExit(() => {
      this.stop().catch((error: unknown) => log.error(messageOf(error)));
    });
    return this.#open(instrumentation).catch((error: unknown) => {
      log.error(messageOf(inUsersWords(error, this.#configuration)));
      instrumentation.disable();
      this.#forget?.();
      return undefined;
    });
  }

  async #open(instrumentation: CodeCarbonInstrumentation): Promise<Session> {
    const { openOutput, readOtelSettings, startSession } = await import('../session/index.ts');
    const opened = await Promise.allSettled(
      this.#outputs.map((output) => openOutput(output, this.#configuration, this.#objects)),
    );
    const outputs = opened.flatMap((result) => {
      if (result.status === 'fulfilled') return [result.value];
      log.error(messageOf(inUsersWords(result.reason, this.#configuration)));
      return [];
    });
    return startSession({
      configuration: this.#configuration,
      otel: readOtelSettings(),
      instrumentation,
      outputs: [...outputs, ...this.#handlers],
      onFailure: (error) => log.error(error.message),
    });
  }

  async #stop(): Promise<EmissionsRecord> {
    this.#instrumentation?.finish();
    this.#forget?.();
    const session = await this.#running();
    const ended = await session?.stop();
    for (const { message } of ended?.failures ?? []) log.alone(message);
    return this.#recordOf(ended?.metrics);
  }

  #recordOf(metrics: ResourceMetrics | undefined): EmissionsRecord {
    const record = metrics && toRecords(metrics, { scope: 'machine' }).records.at(-1);
    if (metrics !== undefined && record === undefined) log.warn('nothing was measured');
    return record ?? emptyRecord(this.#configuration.options.projectName);
  }

  #running(): Promise<Session | undefined> {
    if (this.#session === undefined) throw new Error('the tracker has not been started');
    return this.#session;
  }

  #checked<Value>(make: () => Value): Value {
    try {
      return make();
    } catch (error) {
      throw inUsersWords(error, this.#configuration);
    }
  }
}

function isSwitchedOff(): boolean {
  const isOff = isSdkDisabled();
  if (isOff) log.info('OTEL_SDK_DISABLED is true: nothing is measured');
  return isOff;
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

function explicit(options: Readonly<Record<string, unknown>>): readonly Explicit[] {
  return Object.entries(options).map(([name, raw]) => {
    if (!(name in OPTIONS)) throw unknownOption(name, Object.keys(OPTIONS));
    return { name: name as OptionName, raw, as: name };
  });
}

/** A run of which nothing was measured: all that is not known is undefined. */
function emptyRecord(projectName: unknown): EmissionsRecord {
  const unknown = Object.fromEntries(RECORD_FIELDS.map((field) => [field, undefined]));
  const name = typeof projectName === 'string' ? projectName : OPTIONS.projectName.default;
  return { ...unknown, project_name: name, run_id: randomUUID() } as EmissionsRecord;
}

/**
 * The same without any look-up over the network: `countryIsoCode` is required, in the options, a variable
 * or a file; its constructor throws a ConfigurationError without.
 */
export class OfflineEmissionsTracker extends EmissionsTracker {
  protected override check({ options }: Configuration): void {
    if (options.countryIsoCode !== undefined) return;
    throw new ConfigurationError(
      'countryIsoCode',
      'countryIsoCode: OfflineEmissionsTracker needs it; an ISO 3166-1 alpha-3 code, for example FRA',
    );
  }
}
