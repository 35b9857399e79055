import { describe, expect, it } from 'vitest';
import { fixture } from '../../src/probes/hwmon/fixture.ts';
import { hwmonProbe } from '../../src/probes/hwmon/index.ts';
import { fixtureHost } from '../support/fixture-host.ts';
import { channel, openSensor, refusal } from './support.ts';

const DEVICE = '/sys/class/hwmon/hwmon2';

function machine() {
  const host = fixtureHost({ files: fixture.files });
  const pass = (seconds: number): void => {
    host.clock.advance(seconds);
    const passed = host.now() - 1000;
    for (const [path, text] of Object.entries(fixture.after(passed))) host.write(path, text);
  };
  return { host, pass };
}

describe('hwmon', () => {
  it('sums the sockets: not their cores, not a GPU', () => {
    const { host, pass } = machine();
    const sensor = openSensor(hwmonProbe, host);
    pass(5);
    expect(channel(sensor, host)).toMatchObject({ method: 'hwmon', joules: 600, lost: 0 });
    expect(sensor.found).toBe('Esocket0, Esocket1');
    expect(sensor.longestInterval).toBeUndefined();
  });

  it.each(['amdgpu', 'i915', 'xe', 'nvme', 'ltc2947', 'unheard_of', ''])(
    'takes no energy counter of the driver %j for a CPU',
    (driver) => {
      const { host } = machine();
      host.write(`${DEVICE}/name`, `${driver}\n`);
      expect(refusal(hwmonProbe, host)).toMatchObject({ outcome: 'absent' });
    },
  );

  it('drops a difference that is negative, since no wrap is known', () => {
    const { host, pass } = machine();
    const sensor = openSensor(hwmonProbe, host);
    pass(1);
    sensor.read(host.now());
    pass(1);
    host.write(`${DEVICE}/energy3_input`, '0\n');
    const reading = sensor.read(host.now());
    expect(reading.outcomes).toEqual(['reset', 'ok']);
    expect(reading.channels[0]).toMatchObject({ joules: 150, lost: 1 });
  });

  it('counts beyond what a float holds exactly', () => {
    const { host } = machine();
    host.write(`${DEVICE}/energy3_input`, '18446744072000000000\n');
    const sensor = openSensor(hwmonProbe, host);
    host.clock.advance(1);
    host.write(`${DEVICE}/energy3_input`, '18446744072100000000\n');
    expect(channel(sensor, host).joules).toBeCloseTo(100, 2);
  });

  it('says of one socket that cannot be read which, and how to mend it', () => {
    const { host, pass } = machine();
    host.fail(`${DEVICE}/energy4_input`, 'EACCES');
    const sensor = openSensor(hwmonProbe, host);
    expect(sensor.problems).toEqual([
      {
        why: `${DEVICE}/energy4_input cannot be read (EACCES)`,
        remedy: expect.stringContaining('sudo chmod a+r'),
      },
    ]);
    pass(5);
    expect(channel(sensor, host)).toMatchObject({ joules: 450, lost: 5 });
  });

  it('is read in time while a counter is not open, so that its own reason is said', () => {
    const { host, pass } = machine();
    const sensor = openSensor(hwmonProbe, host);
    expect(sensor.isReplayable).toBe(true);
    pass(1);
    host.fail(`${DEVICE}/energy4_input`, 'EACCES');
    sensor.read(host.now());
    expect(sensor.isReplayable).toBe(false);
  });

  it('is denied when no socket can be read, failed when they are broken', () => {
    const { host } = machine();
    host.fail(`${DEVICE}/energy3_input`, 'EPERM');
    host.fail(`${DEVICE}/energy4_input`, 'EPERM');
    expect(refusal(hwmonProbe, host)).toMatchObject({
      outcome: 'denied',
      why: `${DEVICE}/energy3_input cannot be read (EPERM)`,
    });
    host.write(`${DEVICE}/energy3_input`, 'x');
    host.fail(`${DEVICE}/energy4_input`, 'EIO');
    expect(refusal(hwmonProbe, host)).toMatchObject({ outcome: 'failed' });
    expect(host.openFiles()).toEqual([]);
  });
});
