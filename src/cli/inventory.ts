import type { Host } from '../host.ts';
import { type Log, startRun } from '../measure/index.ts';
import type { Settings } from '../options/index.ts';
import { PROBES } from '../probes/index.ts';
import type { Channel, Opened, Probe, Problem } from '../probes/probe.ts';
import type { Component, Method } from '../semconv.ts';
import { seconds } from '../units.ts';
import { accuracyOf } from './accuracy.ts';
import { COMPONENTS } from './words.ts';

/** What one probe found on this machine. */
export interface Found {
  readonly probe: Probe;
  readonly outcome: Opened['outcome'];
  /** What is there, in the probe's words; undefined when it did not open. */
  readonly found: string | undefined;
  readonly why: string | undefined;
  readonly remedy: string | undefined;
  readonly problems: readonly Problem[];
  readonly facts: Readonly<Record<string, string>>;
  /** What it can measure now. */
  readonly offers: readonly Pick<Channel, 'component' | 'method'>[];
}

/** What a component's energy will come from. */
export interface Choice {
  readonly component: Component;
  /** Undefined when nothing can tell. */
  readonly method: Method | undefined;
  readonly probe: Found | undefined;
  /** What is known of the figure's error, in words. */
  readonly accuracy: string;
  /** Probes that would be preferred for this component, and cannot be used or deliver nothing. */
  readonly better: readonly Found[];
}

export interface Inventory {
  readonly probes: readonly Found[];
  readonly choices: readonly Choice[];
}

/** Opens every probe once, and lets a short run choose among them exactly as a long one would. */
export function takeInventory(host: Host, settings: Settings<'instrumentation'>): Inventory {
  const probes = PROBES.map((probe) => lookFor(probe, host, settings));
  const inUse = methodsInUse(host, settings);
  const components = COMPONENTS.filter((component) =>
    PROBES.some((probe) => probe.components.includes(component)),
  );
  const choices = components.map((component) =>
    choose(component, inUse.get(component), probes, settings),
  );
  return { probes, choices };
}

function lookFor(probe: Probe, host: Host, settings: Settings<'instrumentation'>): Found {
  const opened = probe.open(host, settings);
  if (opened.outcome !== 'ok') {
    const { outcome, why, remedy } = opened;
    return { probe, outcome, why, remedy, found: undefined, problems: [], facts: {}, offers: [] };
  }
  const { sensor } = opened;
  const offers = sensor.read(host.now()).channels.filter(isDelivering);
  const found: Found = {
    probe,
    outcome: 'ok',
    found: sensor.found,
    why: undefined,
    remedy: undefined,
    problems: sensor.problems ?? [],
    facts: sensor.facts ?? {},
    offers: offers.map(({ component, method }) => ({ component, method })),
  };
  sensor.close();
  return found;
}

const isDelivering = ({ measuredUntil }: Channel): boolean => measuredUntil !== undefined;

function methodsInUse(
  host: Host,
  settings: Settings<'instrumentation'>,
): ReadonlyMap<Component, Method> {
  const run = startRun({
    host,
    probes: PROBES,
    options: settings,
    measurePowerSecs: seconds(settings.measurePowerSecs),
    log: SILENT,
  });
  const { methods } = run.snapshot();
  run.pause();
  const active = methods.filter((method) => method.active);
  return new Map(active.map(({ component, method }) => [component, method]));
}

/** What there is to say is in the inventory. */
const SILENT: Log = { warn: () => {}, info: () => {}, debug: () => {} };

function choose(
  component: Component,
  method: Method | undefined,
  probes: readonly Found[],
  { powerModels }: Settings<'instrumentation'>,
): Choice {
  const at = probes.findIndex(({ offers }) =>
    offers.some((offer) => offer.component === component && offer.method === method),
  );
  const probe = probes[at];
  const before = at === -1 ? probes : probes.slice(0, at);
  return {
    component,
    method,
    probe,
    accuracy: accuracyOf(method, probe?.facts ?? {}, powerModels),
    better:
      method === 'user' ? [] : before.filter(({ probe }) => probe.components.includes(component)),
  };
}
