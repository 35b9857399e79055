import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { collect, rig, spend, sumOf } from './support.ts';

describe("emissions: 'instrument'", () => {
  it('observes the four derived metrics without any emissions reader', async () => {
    const { host, reader } = rig({
      emissions: 'instrument',
      forceCarbonIntensity: 100,
      wue: 2,
      pue: 1.5,
    });
    await setImmediate();
    spend(host, 1_900);
    host.clock.advance(3600);
    const found = await collect(reader);
    const consumed = sumOf(found.codecarbon_energy_consumed) ?? 0;
    expect(consumed).toBeGreaterThan(0);
    expect(sumOf(found.codecarbon_emissions)).toBeCloseTo(consumed * 0.1, 12);
    expect(sumOf(found.codecarbon_water_consumed)).toBeCloseTo((consumed / 1.5) * 2, 12);
    expect(found.codecarbon_carbon_intensity?.[0]).toMatchObject({
      value: 100,
      attributes: { project_name: 'codecarbon', scope: 'machine', source: 'forced' },
    });
    expect(found.codecarbon_emissions?.[0]?.attributes).toEqual({
      project_name: 'codecarbon',
      scope: 'machine',
    });
  });

  it('leaves them to the reader by default', async () => {
    const { host, reader } = rig({ forceCarbonIntensity: 100 });
    await setImmediate();
    host.clock.advance(2);
    expect(await collect(reader)).not.toHaveProperty('codecarbon_emissions');
  });
});
