import type { Channel, Opened, Probe, ProbeOptions, Sensor } from '../../src/probes/probe.ts';
import type { Component } from '../../src/semconv.ts';
import type { FixtureHost } from '../support/fixture-host.ts';

/** Opens a probe that must open. */
export function openSensor(probe: Probe, host: FixtureHost, options: ProbeOptions = {}): Sensor {
  const opened = probe.open(host, options);
  if (opened.outcome !== 'ok') throw new Error(`${opened.outcome}: ${opened.why}`);
  return opened.sensor;
}

/** What a probe says when it does not open. */
export function refusal(probe: Probe, host: FixtureHost): Exclude<Opened, { outcome: 'ok' }> {
  const opened = probe.open(host, {});
  if (opened.outcome === 'ok') throw new Error('it opened');
  return opened;
}

/** Reads a sensor now; the channel of one component. */
export function channel(sensor: Sensor, host: FixtureHost, component: Component = 'cpu'): Channel {
  const found = sensor.read(host.now()).channels.find((one) => one.component === component);
  if (!found) throw new Error(`no channel for ${component}`);
  return found;
}
