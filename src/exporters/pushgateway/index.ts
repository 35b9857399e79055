import type { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type OptionsFor, type Settings, settingsFor } from '../../options/index.ts';
import { countOverhead } from '../../overhead.ts';
import { MetricsExporter, type WriteContext } from '../metrics-exporter.ts';
import { type GatewayAddress, readAddress } from './address.ts';
import { type Gateway, openGroup } from './gateway.ts';
import { type Claim, chosenInstance, claimGroup, groupPath, instanceOf } from './group.ts';
import { type Picked, pick, toPushText } from './serialize.ts';
import { type Holding, hold, holdFirst, letGo } from './slot.ts';

export type PushgatewayMetricExporterOptions = OptionsFor<'pushgateway'>;

/** A flush and a shutdown come right after the last export: what has just failed is not tried again. */
const JUST_NOW_MILLIS = 5000;

/**
 * Pushes the metrics to a Prometheus Pushgateway, into one group of labels `job` and `instance`, whose last
 * values stay there for the next scrape however short the program was. A push replaces the one before it;
 * one that fails is made up for by the next, since all counters are totals. The next run of the same group
 * begins at 0, which Prometheus takes for the restart of a counter. Of several processes of a host whose
 * group would be the same, each one but the first has a number behind the default instance.
 *
 * A shutdown takes two pushes at most (5 s each, when the gateway hangs); with `onShutdown: 'delete'` also
 * `graceMillis` and one more request. It keeps the process for so long.
 */
export class PushgatewayMetricExporter extends MetricsExporter {
  readonly #settings: Settings<'pushgateway'>;
  readonly #projectName: string | undefined;
  readonly #address: GatewayAddress;
  readonly #claim: Claim;
  #gateway: Gateway | undefined;
  /** Address that this process holds against others of this host. */
  #held: string | undefined;
  /** Newest metrics that are not in the gateway. */
  #waiting: Picked | undefined;
  #failed: { readonly of: Picked; readonly atMillis: number; readonly why: unknown } | undefined;
  #hasPushed = false;
  /** Exports that have not had their turn. */
  #queued = 0;

  /**
   * @throws ConfigurationError for an unknown option, a value that is not allowed, and for a group that
   * another exporter of this process pushes to
   */
  constructor(options: PushgatewayMetricExporterOptions = {}) {
    super('pushgateway');
    this.#settings = settingsFor('pushgateway', options);
    this.#projectName = options.projectName === undefined ? undefined : this.#settings.projectName;
    const { prometheusUrl, prometheusUsername, prometheusPassword } = this.#settings;
    this.#address = readAddress(prometheusUrl, {
      username: prometheusUsername,
      password: prometheusPassword,
    });
    this.#claim = claimGroup(this.#groupOf(undefined).address);
  }

  protected override take(metrics: ResourceMetrics): void {
    const picked = pick(metrics, this.#settings.include);
    this.#queued += 1;
    if (picked.scopeMetrics.length === 0) return;
    this.#waiting = picked;
    this.setPending(1);
  }

  protected override async deliver(context: WriteContext): Promise<void> {
    try {
      await this.#pushWaiting(context);
    } finally {
      if (context.final && this.#settings.onShutdown === 'delete') await this.#removeAfterGrace();
    }
  }

  protected override close(): void {
    this.#claim.release();
    if (this.#held !== undefined) letGo(this.#held);
  }

  async #pushWaiting({ reason }: WriteContext): Promise<void> {
    if (reason === 'interval') this.#queued -= 1;
    const metrics = this.#waiting;
    if (metrics === undefined) return;
    const failed = this.#failed;
    // Behind a gateway that hangs, only the last export of those that wait is worth a push.
    const isTried = reason === 'interval' ? this.#queued > 0 : failed?.of === metrics;
    if (failed !== undefined && isTried && isJustNow(failed.atMillis)) throw failed.why;
    try {
      await this.#push(metrics);
    } catch (why) {
      this.#failed = { of: metrics, atMillis: Date.now(), why };
      throw why;
    }
  }

  async #push(metrics: Picked): Promise<void> {
    this.#gateway ??= this.#openGateway(metrics);
    const serializer = await loadSerializer();
    const { text, problems } = countOverhead(() =>
      toPushText(metrics, serializer, Date.now() / 1000),
    );
    for (const problem of problems) this.warnOnce(problem, `left out: ${problem}`);
    await this.#gateway.push(text);
    this.#hasPushed = true;
    this.#failed = undefined;
    if (this.#waiting !== metrics) return;
    this.#waiting = undefined;
    this.setPending(0);
  }

  /** The group is settled by the first metrics, which know the resource and the project. */
  #openGateway(metrics: Picked): Gateway {
    const wished = this.#groupOf(metrics);
    this.#claim.move(wished.address);
    const isChosen = (this.#settings.instance ?? chosenInstance(metrics)) !== undefined;
    const { place, holding } = isChosen
      ? { place: wished, holding: hold(wished.address) }
      : holdFirst((slot) => this.#groupOf(metrics, slot));
    if (holding === 'ours') this.#held = place.address;
    // Who named the instance has seen to it that it is the only one.
    if (holding === 'taken' || !isChosen) this.#warnUnlessOurs(holding, place.address);
    return openGroup(this.#address, place.group);
  }

  #warnUnlessOurs(holding: Holding, address: string): void {
    if (holding === 'ours') return;
    const what =
      holding === 'taken'
        ? `another process of this host pushes to ${address}, and they overwrite each other; give one of them another "instance" or "job"`
        : `no file can be written to the directory of temporary files, so that another process of this host may push to ${address}, too; set "instance" where several run`;
    this.warnOnce(holding, what);
  }

  /** @param slot 1 is the group itself, others have the number behind the instance */
  #groupOf(metrics: Picked | undefined, slot = 1) {
    const { job, instance: given } = this.#settings;
    const instance = given ?? instanceOf(metrics, this.#projectName);
    const group = { job, instance: slot === 1 ? instance : `${instance}:${slot}` };
    return { group, address: this.#address.root + groupPath(group) };
  }

  /** A group that this exporter never wrote belongs to an earlier run. */
  async #removeAfterGrace(): Promise<void> {
    if (this.#gateway === undefined || !this.#hasPushed) return;
    await pause(this.#settings.graceMillis);
    await this.#gateway.remove();
  }
}

const isJustNow = (millis: number): boolean => Math.abs(Date.now() - millis) < JUST_NOW_MILLIS;

const pause = (millis: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, millis));

/** The serializer, whose library is loaded at the first push. No prefix, no timestamps, no `target_info`. */
async function loadSerializer(): Promise<PrometheusSerializer> {
  const { PrometheusSerializer } = await import('@opentelemetry/exporter-prometheus');
  return new PrometheusSerializer(undefined, false, undefined, true);
}
