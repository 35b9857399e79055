import { createNoopMeter, type MeterProvider, metrics } from '@opentelemetry/api';
import { InstrumentationBase, type InstrumentationConfig } from '@opentelemetry/instrumentation';
import { diagLogger } from '../diag.ts';
import { announceTotals } from '../emissions/index.ts';
import type { Host } from '../host.ts';
import { sharedLocalHost } from '../measure/index.ts';
import { type OptionsFor, settingsFor } from '../options/index.ts';
import { resolvePlace } from '../place/index.ts';
import { SCOPE_NAME } from '../semconv.ts';
import { seconds } from '../units.ts';
import { VERSION } from '../version.ts';
import { type Binding, bind } from './binding.ts';
import { hindrance } from './hindrance.ts';
import { type Measurement, startMeasurement } from './measurement.ts';

/** Options of the instrumentation; all optional. */
export interface CodeCarbonInstrumentationConfig
  extends InstrumentationConfig,
    OptionsFor<'instrumentation'> {}

/** The machine to measure, when it is not this one; for tests. */
export const HOST: unique symbol = Symbol('host');

type InternalConfig = CodeCarbonInstrumentationConfig & { readonly [HOST]?: Host };

/** What belongs to `InstrumentationBase`, not to the table of options. */
const BASE_OPTIONS = ['enabled'];

const log = diagLogger();

const LATE_PROVIDER_CHECK = seconds(1);

/**
 * Measures the electricity of the machine and observes it as `codecarbon_*` metrics.
 * It measures from its construction on, whenever a meter provider appears: through `setMeterProvider`
 * (NodeSDK, `registerInstrumentations`) or as the global one, before or after.
 * @throws ConfigurationError when an option is unknown or has a value that is not allowed
 */
export class CodeCarbonInstrumentation extends InstrumentationBase<CodeCarbonInstrumentationConfig> {
  // `declare`: the base constructor calls the hooks below before field initialisers would run.
  declare private measurement: Measurement | undefined;
  declare private binding: Binding | undefined;
  declare private hasProvider: boolean | undefined;
  declare private stopLooking: (() => void) | undefined;
  declare private withdraw: (() => void) | undefined;
  declare private hasFailed: boolean | undefined;

  constructor(config: CodeCarbonInstrumentationConfig = {}) {
    super(SCOPE_NAME, VERSION, config);
  }

  protected override init(): [] {
    return [];
  }

  /** Checks the options; they take effect the next time the instrumentation is constructed. */
  override setConfig(config: CodeCarbonInstrumentationConfig): void {
    resolvePlace(settingsFor('instrumentation', config, BASE_OPTIONS));
    super.setConfig(config);
  }

  override setMeterProvider(provider: MeterProvider): void {
    this.hasProvider = true;
    super.setMeterProvider(provider);
  }

  /** Starts to measure, or goes on after `disable()`: totals stay, the time between is not part of the run. */
  override enable(): void {
    super.enable();
    const why = hindrance();
    if (why !== undefined) {
      log[why.level](why.message);
      return;
    }
    this.measurement ??= this.startMeasurement();
    this.measurement.run.resume();
    this.withdraw ??= announceTotals(this.measurement.totals);
    this._updateMetricInstruments();
    this.binding?.attach();
    this.lookForProvider();
  }

  /** Stops to measure and to observe; files are closed, no timer stays. */
  override disable(): void {
    super.disable();
    this.stopLooking?.();
    this.binding?.detach();
    this.withdraw?.();
    this.withdraw = undefined;
    this.measurement?.pause();
  }

  /**
   * Ends the measurement before a last collection: takes a last sample and closes open gaps. The totals
   * stay and are observed as they are. For programs that know their end; others need not call it.
   */
  finish(): void {
    this.measurement?.pause();
  }

  /** Called by the base class when there is a meter: in its constructor, where it may be of no provider, and for a new one. */
  protected override _updateMetricInstruments(): void {
    if (this.measurement === undefined || this.binding?.meter === this.meter) return;
    const { groups, view } = this.measurement;
    this.binding?.detach();
    this.binding = undefined;
    if (this.meter === createNoopMeter()) return;
    this.binding = bind(this.meter, groups(this.meter), view, (error) => this.reportFault(error));
    if (this.isEnabled()) this.binding.attach();
  }

  private startMeasurement(): Measurement {
    const config: InternalConfig = this.getConfig();
    return startMeasurement({
      host: config[HOST] ?? sharedLocalHost(),
      settings: settingsFor('instrumentation', config, BASE_OPTIONS),
      log,
      onFault: (error) => this.reportFault(error),
    });
  }

  /** Instruments made on a meter of no provider stay silent for ever: bind anew once there is one. */
  private lookForProvider(): void {
    if (this.hasProvider === true) return;
    const config: InternalConfig = this.getConfig();
    const first = metrics.getMeterProvider();
    this.stopLooking?.();
    const stop = (config[HOST] ?? sharedLocalHost()).every(LATE_PROVIDER_CHECK, () => {
      const provider = metrics.getMeterProvider();
      if (this.hasProvider !== true && provider !== first) this.setMeterProvider(provider);
      if (this.hasProvider === true) this.stopLooking?.();
    });
    this.stopLooking = () => {
      stop();
      this.stopLooking = undefined;
    };
  }

  private reportFault(error: unknown): void {
    if (this.hasFailed !== true) log.error('a callback failed', error);
    this.hasFailed = true;
  }
}
