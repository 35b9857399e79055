import { describe, expect, it } from 'vitest';
import {
  announceTotals,
  costsUpTo,
  settleTerms,
  type TotalsSource,
} from '../../src/emissions/index.ts';
import { gramsPerKilowattHour, kilowattHours, watts } from '../../src/units.ts';

const source = (energyConsumed: () => number): TotalsSource => ({
  projectName: 'p',
  scope: 'machine',
  runId: 'r',
  energyConsumed: () => kilowattHours(energyConsumed()),
});

describe('emissions of a running total', () => {
  it('are those of everything measured so far', async () => {
    const terms = await settleTerms({ countryIsoCode: 'FRA', wue: 1.8 }, { pue: 1.5 });
    const costs = costsUpTo(
      kilowattHours(3),
      watts(360),
      source(() => 3),
      terms,
    );
    expect(costs.emissions).toBeCloseTo(0.13254, 12);
    expect(costs.water).toBeCloseTo(3.6, 12);
    expect(costs.intensity).toMatchObject({ source: 'country', zone: 'FRA' });
    // 360 W are 0.36 kWh an hour: at 44.18 g/kWh 15.9048 g in 3600 s.
    expect(costs.emissionsRate).toBeCloseTo(0.0159048 / 3600, 15);
  });

  it('are a function of the total alone, so that every reader sees the same', async () => {
    const terms = await settleTerms({ forceCarbonIntensity: 100 });
    let total = 2;
    const announced = source(() => total);
    const withdraw = announceTotals(announced);
    terms.timeline.change({ gramsPerKilowattHour: gramsPerKilowattHour(300), source: 'x' }, 1);
    withdraw();
    total = 5;
    const at = (energy: number) => costsUpTo(kilowattHours(energy), watts(0), announced, terms);
    expect(at(5).emissions).toBeCloseTo(0.2 + 0.9, 12);
    expect(at(2).emissions).toBeCloseTo(0.2, 12);
    expect(at(5)).toEqual(at(5));
    expect(at(0).emissions).toBe(0);
  });

  it('terms come from options before facts, and bad facts are not taken', async () => {
    const nonsense = { wue: 'much', pue: -1, force_carbon_intensity: Number.NaN };
    expect(await settleTerms({}, nonsense)).toMatchObject({ wue: 0, pue: 1 });
    const given = await settleTerms({ wue: 0 }, { wue: 3, pue: '1.2' });
    expect(given).toMatchObject({ wue: 0, pue: 1.2 });
  });
});
