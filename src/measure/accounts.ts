import type { Component } from '../semconv.ts';
import type { Seconds } from '../units.ts';
import type { TrackedPart } from './books.ts';
import { type Cell, keyOf, type Series } from './cells.ts';
import type { Machine } from './machine.ts';

/** A running total as one run sees it. */
export interface Account {
  readonly series: Series;
  value: number;
}

/**
 * The running totals of one run, out of those of a machine that it may share. A machine that cannot read a counter for
 * some seconds gets their energy later, in one sum. Where a run begins or ends within these seconds nobody knows how
 * much of it is the run's: for the run they are unmeasured.
 */
export interface Accounts {
  readonly all: Iterable<Account>;
  /** Time of the sample at which the run began, or went on. */
  readonly since: Seconds;
  /** From the machine's last sample on its totals count, of which all are the run's when the machine is new. */
  begin(machine: Machine, isNew: boolean): void;
  /** Takes what the machine has counted. */
  update(machine: Machine): void;
  /** Ends at the machine's last sample, which has been taken in. `goesOn`: others measure on, and its gaps stay open. */
  end(machine: Machine, goesOn: boolean): void;
}

/** Accounts at zero. */
export function createAccounts(): Accounts {
  const accounts = new Map<string, Account>();
  /** What to add to the machine's totals to get the run's. */
  let offsets = new Map<string, number>();
  let since = 0 as Seconds;
  /** Components that were behind when the run began, and are still. */
  const late = new Set<Component>();
  let stopWatching = (): void => undefined;

  return {
    all: { [Symbol.iterator]: () => accounts.values() },
    get since() {
      return since;
    },
    begin(machine, isNew) {
      since = machine.sampledAt;
      offsets = new Map([...accounts].map(([key, { value }]) => [key, value]));
      if (isNew) return;
      for (const cell of machine.cells) startFrom(cell);
      for (const { energy, level } of machine.parts) {
        if (level.at < since) late.add(energy.part.component);
      }
      if (late.size > 0) stopWatching = machine.watch((at) => beginLate(machine, at));
    },
    update(machine) {
      for (const cell of machine.cells) {
        if (isLate(cell)) continue;
        const value = cell.value + (offsets.get(cell.key) ?? 0);
        const known = accounts.get(cell.key);
        if (known !== undefined) known.value = Math.max(known.value, value);
        else if (value > 0 || belongs(cell, machine)) {
          accounts.set(cell.key, { series: cell.series, value: Math.max(0, value) });
        }
      }
    },
    end(machine, goesOn) {
      const now = machine.sampledAt;
      stopWatching();
      for (const component of late) add({ kind: 'unmeasured', component }, now - since);
      for (const { energy, level } of goesOn ? machine.parts : []) {
        const { component } = energy.part;
        if (level.at === now || late.has(component)) continue;
        const time = now - level.at - (energy.unmeasured - level.unmeasured);
        add({ kind: 'unmeasured', component }, time);
        if (energy.coveredUntil === now) add({ kind: 'partial', component }, time);
      }
      late.clear();
    },
  };

  function startFrom({ key, value }: Cell): void {
    offsets.set(key, (accounts.get(key)?.value ?? 0) - value);
  }

  /** The run's part of a component begins where it is level again; true when that is so of all. */
  function beginLate(machine: Machine, at: Seconds): boolean {
    for (const component of late) {
      if (partsOf(machine, component).some(({ level }) => level.at < at)) continue;
      for (const cell of machine.cells) if (componentOf(cell) === component) startFrom(cell);
      late.delete(component);
      add({ kind: 'unmeasured', component }, at - since);
    }
    return late.size === 0;
  }

  function add(series: Series, value: number): void {
    const key = keyOf(series);
    const account = accounts.get(key) ?? { series, value: 0 };
    accounts.set(key, account);
    account.value += value;
    offsets.set(key, (offsets.get(key) ?? 0) + value);
  }

  function isLate(cell: Cell): boolean {
    const component = componentOf(cell);
    return component !== undefined && late.has(component);
  }
}

const partsOf = ({ parts }: Machine, component: Component): readonly TrackedPart[] =>
  parts.filter(({ energy }) => energy.part.component === component);

/** Of what stands and falls with the energy of a component. */
function componentOf({ series }: Cell): Component | undefined {
  if (series.kind === 'energy') return series.part.component;
  return series.kind === 'unmeasured' || series.kind === 'partial' ? series.component : undefined;
}

/** A series of energy that ended before the run began is not one of its series. */
function belongs({ series }: Cell, machine: Machine): boolean {
  if (series.kind !== 'energy') return true;
  return machine.parts.some(
    ({ energy }) =>
      energy.active?.method === series.method &&
      energy.part.component === series.part.component &&
      energy.part.gpu?.uuid === series.part.gpu?.uuid,
  );
}
