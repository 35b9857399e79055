import type { Host } from '../host.ts';
import { localHost } from '../host.ts';
import { countOverhead } from '../overhead.ts';
import { LONGEST_GAP, type Probe, type ProbeOptions } from '../probes/probe.ts';
import { type Seconds, seconds, shortest } from '../units.ts';
import { type Machine, type MachineSetup, openMachine } from './machine.ts';
import type { Log } from './slot.ts';

/** What a run needs to know of the machine it measures. */
export interface Setup {
  readonly host: Host;
  readonly probes: readonly Probe[];
  readonly options: ProbeOptions;
  /** Time between two samples, and the window over which power is averaged. */
  readonly measurePowerSecs: Seconds;
  readonly log: Log;
}

/** A share in an open machine. */
export interface Lease {
  readonly machine: Machine;
  /** Opened for this lease: all that it has counted belongs to it. */
  readonly isNew: boolean;
  /** Whether others measure on this machine, too. */
  readonly isShared: boolean;
  /** Closes open gaps; nothing while others measure on, for whom they may still be covered. */
  settle(): void;
  release(): void;
}

interface Shared {
  readonly machine: Machine;
  readonly periods: Map<symbol, Seconds>;
  period: Seconds | undefined;
  stopTimer: () => void;
}

const machines = new WeakMap<Host, Map<string, Shared>>();

/**
 * Opens the machine, or joins the runs that already measure it with the same options: however many there
 * are, each probe is read once. The last one that leaves closes the files and stops the timer.
 */
export function acquire({ host, probes, options, measurePowerSecs, log }: Setup): Lease {
  const ofHost = machines.get(host) ?? new Map<string, Shared>();
  machines.set(host, ofHost);
  const key = `${probes.map(({ id }) => id).join()} ${JSON.stringify(options)}`;
  const found = ofHost.get(key);
  const shared = found ?? countOverhead(() => share({ host, probes, options, log }));
  ofHost.set(key, shared);
  const holder = Symbol();
  shared.periods.set(holder, measurePowerSecs);
  shared.machine.keep(measurePowerSecs);
  arm(shared, host);
  return {
    machine: shared.machine,
    isNew: found === undefined,
    get isShared() {
      return shared.periods.size > 1;
    },
    settle() {
      if (shared.periods.size === 1 && shared.periods.has(holder)) shared.machine.settle();
    },
    release() {
      if (!shared.periods.delete(holder)) return;
      arm(shared, host);
      if (shared.periods.size > 0) return;
      ofHost.delete(key);
      shared.machine.close();
    },
  };
}

function share(setup: Omit<MachineSetup, 'onOpened'>): Shared {
  let shared: Shared | undefined;
  // A sensor that was opened may want another period.
  const onOpened = () => shared && arm(shared, setup.host);
  shared = {
    machine: openMachine({ ...setup, onOpened }),
    periods: new Map(),
    period: undefined,
    stopTimer: () => undefined,
  };
  return shared;
}

/** Sets the timer to the shortest period that is wanted; counters that wrap may want a shorter one. */
function arm(shared: Shared, host: Host): void {
  const periods = [...shared.periods.values()];
  const wanted =
    periods.length === 0
      ? undefined
      : shortest([...periods, shared.machine.longestInterval, LONGEST_PERIOD]);
  if (wanted === shared.period) return;
  shared.stopTimer();
  shared.period = wanted;
  if (wanted === undefined) return;
  shared.stopTimer = host.every(wanted, shared.machine.tick);
}

/** A reading that fails must be tried again before its gap is held to be too long. */
const LONGEST_PERIOD = seconds(LONGEST_GAP / 2);

const localHosts = new Map<string, Host>();

/** This machine: one host for all runs, so that they share its probes. */
export function sharedLocalHost(): Host {
  const key = `${process.env.HOST_PROC ?? ''} ${process.env.HOST_SYS ?? ''}`;
  const host = localHosts.get(key) ?? localHost();
  localHosts.set(key, host);
  return host;
}
