import { gramsPerKilowattHour } from '../../units.ts';
import type { IntensitySource } from '../intensity.ts';

/** The figure the user gives: it stands above everything. */
export const forced: IntensitySource = {
  id: 'forced',
  description: 'The option `forceCarbonIntensity`',
  find: async (_, { forceCarbonIntensity }) =>
    forceCarbonIntensity === undefined
      ? undefined
      : { gramsPerKilowattHour: gramsPerKilowattHour(forceCarbonIntensity), source: 'forced' },
};
