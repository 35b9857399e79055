import { type Run, type Setup, startRun } from '../../src/measure/index.ts';
import type { Channel, Probe, Reading } from '../../src/probes/probe.ts';
import type { Component, Method } from '../../src/semconv.ts';
import { joules, seconds } from '../../src/units.ts';
import { type FixtureHost, fixtureHost } from '../support/fixture-host.ts';

/** A source whose power and health a test sets: it counts all the time and answers while it is well. */
export interface Source {
  readonly probe: Probe;
  watts: number;
  isWell: boolean;
  /** Takes the hardware away: a reopened one counts from zero. */
  isThere: boolean;
  opened: number;
}

/** A probe of one component, like any other: a gap is covered by the next good reading. */
export function source(
  host: FixtureHost,
  id: string,
  component: Component,
  method: Method,
  watts: number,
): Source {
  const source: Source = {
    watts,
    isWell: true,
    isThere: true,
    opened: 0,
    probe: {
      id,
      description: id,
      components: [component],
      open: () => {
        if (!source.isThere) return { outcome: 'absent', why: `no ${id}` };
        source.opened += 1;
        return { outcome: 'ok', sensor: sensorOf(source, host, component, method) };
      },
    },
  };
  return source;
}

function sensorOf(source: Source, host: FixtureHost, component: Component, method: Method) {
  let counted = 0;
  let hasDelivered = false;
  let at = host.now();
  let good: Channel = {
    component,
    method,
    joules: joules(0),
    measuredUntil: undefined,
    lost: seconds(0),
  };
  return {
    found: 'a simulated source',
    close: () => undefined,
    read: (now: number): Reading => {
      const isGood = source.isWell && source.isThere;
      if (hasDelivered) counted += source.watts * (now - at);
      at = seconds(now);
      hasDelivered ||= isGood;
      if (isGood) good = { ...good, joules: joules(counted), measuredUntil: seconds(now) };
      return { channels: [good], outcomes: [isGood ? 'ok' : 'failed'] };
    },
  };
}

/** A run over simulated sources, with what it said. */
export function simulate(
  make: (host: FixtureHost) => readonly Source[],
  measurePowerSecs = 1,
): { host: FixtureHost; sources: readonly Source[]; run: Run; setup: Setup; said: string[] } {
  const host = fixtureHost();
  const sources = make(host);
  const said: string[] = [];
  const say = (message: string): number => said.push(message);
  const setup: Setup = {
    host,
    probes: sources.map(({ probe }) => probe),
    options: {},
    measurePowerSecs: seconds(measurePowerSecs),
    log: { warn: say, info: () => undefined, debug: () => undefined },
  };
  return { host, sources, run: startRun(setup), setup, said };
}

/** Joules by method, as a plain object. */
export function energyByMethod(run: Run): Record<string, number> {
  return Object.fromEntries(
    run.snapshot().energy.map(({ method, joules }) => [method, Math.round(joules * 1e6) / 1e6]),
  );
}

export const unmeasured = (run: Run, component: Component): number =>
  run.snapshot().unmeasured.find((entry) => entry.component === component)?.seconds ?? 0;
