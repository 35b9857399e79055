import { averageIntensity } from '@tgwf/co2/data';
import { describe, expect, it } from 'vitest';
import { country } from '../../src/intensity/country/index.ts';
import { INTENSITY_SOURCES, resolveIntensity } from '../../src/intensity/index.ts';
import { resolvePlace } from '../../src/place/index.ts';
import { captureDiag } from '../support/diag.ts';

const at = (countryIsoCode: string) => resolvePlace({ countryIsoCode });

describe('resolveIntensity', () => {
  it('a figure that the user forces stands above everything', async () => {
    expect(await resolveIntensity(at('FRA'), { forceCarbonIntensity: 0 })).toEqual({
      gramsPerKilowattHour: 0,
      source: 'forced',
    });
  });

  it("a country has Ember's average of its latest year", async () => {
    expect(await resolveIntensity(at('FRA'), {})).toEqual({
      gramsPerKilowattHour: averageIntensity.data.FRA,
      source: 'country',
      zone: 'FRA',
      year: 2024,
    });
    expect(await resolveIntensity(at('UKR'), {})).toMatchObject({ year: 2022, zone: 'UKR' });
    expect(await resolveIntensity(at('ISL'), {})).toMatchObject({ year: 2023, zone: 'ISL' });
  });

  it('an unknown place has the world average, and the source says so', async () => {
    expect(await resolveIntensity(resolvePlace({}), {})).toEqual({
      gramsPerKilowattHour: averageIntensity.data.WORLD,
      source: 'world',
      year: 2024,
    });
  });

  it.each([
    ['CAF', 'a zero in the table is a gap'],
    ['AND', 'a country without a figure'],
  ])('%s: %s, told once', async (code) => {
    const diag = captureDiag();
    expect(await resolveIntensity(at(code), {})).toMatchObject({ source: 'world' });
    expect(diag.messages('warn')).toHaveLength(1);
    expect(diag.messages('warn')[0]).toContain(code);
    diag.stop();
  });

  it('a source that fails is passed over, with a warning', async () => {
    const diag = captureDiag();
    const broken = {
      id: 'broken',
      description: 'A source that always fails',
      find: async () => {
        throw new Error('no such table');
      },
    };
    const found = await resolveIntensity(at('FRA'), {}, [broken, ...INTENSITY_SOURCES]);
    expect(found.source).toBe('country');
    expect(diag.messages('warn')).toHaveLength(1);
    expect(diag.messages('warn')[0]).toContain('broken');
    diag.stop();
  });
});

describe('the country table', () => {
  it('is that of @tgwf/co2, without regions and gaps', async () => {
    const countries = Object.entries(averageIntensity.data).filter(
      ([code, grams]) => /^[A-Z]{3}$/.test(code) && grams > 0,
    );
    expect(countries.length).toBeGreaterThan(200);
    for (const [countryIsoCode, grams] of countries) {
      const place = { countryIsoCode, source: 'options' };
      const found = await country.find(place, {});
      expect(found).toMatchObject({ gramsPerKilowattHour: grams, zone: countryIsoCode });
      expect([2022, 2023, 2024]).toContain(found?.year);
    }
  });

  it('says nothing of a country that it has no figure for', async () => {
    expect(await country.find({ countryIsoCode: 'CAF', source: 'options' }, {})).toBeUndefined();
    expect(await country.find({ countryIsoCode: 'ATA', source: 'options' }, {})).toBeUndefined();
  });
});
