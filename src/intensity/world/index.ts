import { gramsPerKilowattHour } from '../../units.ts';
import type { Intensity, IntensitySource } from '../intensity.ts';

/**
 * Ember's figure for the world, 2024 (CC BY-SA 4.0): key `WORLD` of the table in `@tgwf/co2` 0.19.0.
 * Written down here so that there is always an answer; a test compares it with the table.
 */
export const WORLD_AVERAGE: Intensity = {
  gramsPerKilowattHour: gramsPerKilowattHour(472.94),
  source: 'world',
  year: 2024,
};

/** The last resort, which `source="world"` tells from a figure of the place. It always answers. */
export const world: IntensitySource = {
  id: 'world',
  description: 'World average, where the place is unknown or has no figure (Ember, CC BY-SA 4.0)',
  find: async () => WORLD_AVERAGE,
};
