import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withEmissions } from '../../src/reader/index.ts';
import { INFO, points, rig, SERIES, TestReader, value } from '../support/rig.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

// Specification, section 12, rows "water" and "country unknown".
describe('what is made of the energy', () => {
  it('water: WUE counts the energy of the equipment, not that of its cooling', async () => {
    const reader = withEmissions(new TestReader(), { wue: 1.8 });
    const state = rig({ readers: [reader] });
    state.info = { ...INFO, pue: 1.4 };
    const equipment = 10;
    state.set(equipment * 1.4);
    expect(value(await reader.collect(), 'codecarbon_water_consumed')).toBeCloseTo(18, 9);
  });

  it('country unknown: it is not Canada but the world, and the data say so', async () => {
    const reader = withEmissions(new TestReader());
    const state = rig({ readers: [reader] });
    state.info = { ...SERIES, run_id: 'run-1' };
    state.set(1);
    const [point] = points(await reader.collect(), 'codecarbon_carbon_intensity');
    expect(point?.attributes).toEqual({ ...SERIES, source: 'world', year: 2024 });
    expect(point?.value).toBe(472.94);
  });
});
