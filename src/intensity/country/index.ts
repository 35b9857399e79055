import { gramsPerKilowattHour } from '../../units.ts';
import type { Intensity, IntensitySource } from '../intensity.ts';
import { yearsOf } from './years.ts';

/**
 * Yearly average of a country, life-cycle, by Ember (https://ember-energy.org, CC BY-SA 4.0), as
 * `@tgwf/co2` republishes it.
 */
export const country: IntensitySource = {
  id: 'country',
  description:
    'Yearly average of the country (Ember, CC BY-SA 4.0, through @tgwf/co2 of the Green Web Foundation)',
  find: async ({ countryIsoCode }) =>
    countryIsoCode === undefined ? undefined : (await loadTable()).find(countryIsoCode),
};

interface Table {
  find(code: string): Intensity | undefined;
}

let loading: Promise<Table> | undefined;

/** Loaded once and when first needed: it takes ten milliseconds. A load that fails is tried again next time. */
async function loadTable(): Promise<Table> {
  loading ??= load();
  try {
    return await loading;
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

async function load(): Promise<Table> {
  const { averageIntensity } = await import('@tgwf/co2/data');
  const { data } = averageIntensity;
  const yearOf = yearsOf(data);
  return {
    find: (code) => {
      const grams = Object.hasOwn(data, code) ? data[code] : undefined;
      if (grams === undefined || !isFigure(grams)) return undefined;
      const year = yearOf(code);
      return {
        gramsPerKilowattHour: gramsPerKilowattHour(grams),
        source: 'country',
        zone: code,
        ...(year === undefined ? {} : { year }),
      };
    },
  };
}

/**
 * A zero is a gap, not data: these averages cover the life cycle, in which water power alone counts
 * about 24 g/kWh (Albania, Bhutan, Ethiopia). The one zero, CAF, is 0.15 TWh of water power whose
 * emissions are rounded away in Ember's millions of tonnes.
 */
const isFigure = (grams: number): boolean => Number.isFinite(grams) && grams > 0;
