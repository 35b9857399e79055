import { once } from '../../once.ts';
import type { Outcome } from '../../semconv.ts';
import { energyOf, joules, type Seconds, seconds, type Watts } from '../../units.ts';
import type { Channel, Problem, Sensor } from '../probe.ts';
import type { LoadMeter, LoadTotals } from './load-meter.ts';
import type { PowerModel } from './power.ts';

/** What the sensor of a power model is made of. */
export interface ModelParts {
  /** Asked for at the first reading. */
  readonly model: () => PowerModel;
  /** Load of the machine; missing only where it cannot be read and the power is forced. */
  readonly machine: LoadMeter | undefined;
  /** Load of the container that is modelled, instead of the machine's. */
  readonly container: LoadMeter | undefined;
  /** Power of the CPU that the user states, in W. */
  readonly forced: Watts | undefined;
  readonly problems: readonly Problem[];
  /** The load comes from files that are kept open. */
  readonly isReplayable: boolean;
}

/** A sensor that turns load into energy, and passes the machine's load on. */
export function modelSensor(parts: ModelParts): Sensor {
  const { model, machine, container, forced, problems, isReplayable } = parts;
  const meters = [machine, container].filter((meter) => meter !== undefined);
  const channels = once(() => channelsOf(parts));
  return {
    get found() {
      return forced === undefined ? model().found : `constant ${forced} W, as the user states`;
    },
    get facts() {
      return forced === undefined || model().memory ? model().facts : undefined;
    },
    problems,
    isReplayable,
    read: (now) => {
      const outcomes: Outcome[] = meters.map((meter) => meter.advance(now));
      return {
        channels: channels().map((channel) => channel(now)),
        outcomes,
        ...(machine && { load: { cpuBusy: seconds(machine.totals.busy) } }),
      };
    },
    close: () => {
      for (const meter of meters) meter.close();
    },
  };
}

type ChannelMaker = (now: Seconds) => Channel;

function channelsOf({ model, machine, container, forced }: ModelParts): readonly ChannelMaker[] {
  const meter = container ?? machine;
  const modelled = meter ? modelChannels(model(), meter, container) : [];
  // The user's word is for the CPU; what a VM's model says of memory stands beside it.
  return forced === undefined ? modelled : [constantChannel(forced), ...modelled.slice(1)];
}

/** A constant power from the first reading on. */
function constantChannel(power: Watts): ChannelMaker {
  let since: Seconds | undefined;
  return (now) => {
    since ??= now;
    const time = seconds(Math.max(0, now - since));
    return {
      component: 'cpu',
      method: 'user',
      joules: energyOf(power, time),
      measuredUntil: seconds(since + time),
      lost: seconds(0),
    };
  };
}

/** The CPU's channel and, where the model includes memory, the memory's. */
function modelChannels(
  model: PowerModel,
  { totals }: LoadMeter,
  container: LoadMeter | undefined,
): readonly ChannelMaker[] {
  const { method } = model;
  const memoryOf = model.memory === undefined ? () => 0 : memoryShare(model, model.memory);
  const cpu: ChannelMaker = () => ({
    component: 'cpu',
    method,
    joules: joules(energyOfModel(model, totals) - memoryOf(totals)),
    measuredUntil: totals.until,
    lost: seconds(totals.lost),
    ...(container && { busy: seconds(container.totals.busy) }),
  });
  const ram: ChannelMaker = () => ({
    component: 'ram',
    method,
    joules: joules(memoryOf(totals)),
    measuredUntil: totals.until,
    lost: seconds(totals.lost),
  });
  return model.memory === undefined ? [cpu] : [cpu, ram];
}

/** Cumulative J: exact for a linear model, whatever the intervals. */
const energyOfModel = ({ idle, dynamic }: PowerModel, totals: Readonly<LoadTotals>): number =>
  idle * totals.elapsed + dynamic * totals.active;

/**
 * Cumulative J of the memory: its power, but never more than half of the whole (specification, section 4),
 * taken interval by interval, so that what is left for the CPU never decreases. Asked twice at one reading it says the same.
 */
function memoryShare(model: PowerModel, power: Watts): (totals: Readonly<LoadTotals>) => number {
  let memory = 0;
  let whole = 0;
  let elapsed = 0;
  return (totals) => {
    const wholeNow = energyOfModel(model, totals);
    memory += Math.min(power * (totals.elapsed - elapsed), (wholeNow - whole) / 2);
    whole = wholeNow;
    elapsed = totals.elapsed;
    return memory;
  };
}
