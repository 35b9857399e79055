import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { INTENSITY_SOURCES } from '../../src/intensity/index.ts';
import type { Place } from '../../src/place/index.ts';

const PLACES: readonly Place[] = [
  { source: 'unknown' },
  { source: 'options', countryIsoCode: 'FRA', countryName: 'France' },
  { source: 'options', countryIsoCode: 'CAF' },
  { source: 'options', countryIsoCode: 'ATA' },
  { source: 'options', countryIsoCode: '__proto__' },
  { source: 'options', cloudProvider: 'gcp', cloudRegion: 'nowhere-1' },
];

const CASES = INTENSITY_SOURCES.flatMap((source) =>
  PLACES.flatMap((place) =>
    [{}, { forceCarbonIntensity: 0 }, { forceCarbonIntensity: 12.5 }].map((options) => ({
      id: source.id,
      source,
      place,
      options,
    })),
  ),
);

describe.each(INTENSITY_SOURCES)('intensity source $id', (source) => {
  it('is called as its folder', () => {
    expect(readdirSync('src/intensity')).toContain(source.id);
  });

  it('says what it is in one sentence', () => {
    expect(source.description.length).toBeGreaterThan(10);
    expect(source.description).not.toMatch(/\.$/);
  });
});

describe.each(CASES)(
  'intensity source $id at $place with $options',
  ({ source, place, options }) => {
    it('answers with a figure that can be multiplied, under its own name, or not at all', async () => {
      const found = await source.find(place, options);
      if (found === undefined) return;
      expect(found.gramsPerKilowattHour).toBeGreaterThanOrEqual(0);
      expect(Number.isFinite(found.gramsPerKilowattHour)).toBe(true);
      expect(found.source).toBe(source.id);
      if (found.year !== undefined) expect(found.year).toBeGreaterThan(2000);
    });

    it('gives the same answer twice', async () => {
      expect(await source.find(place, options)).toEqual(await source.find(place, options));
    });
  },
);

it('no two intensity sources share a name', () => {
  const ids = INTENSITY_SOURCES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

it('the last intensity source always answers', async () => {
  const last = INTENSITY_SOURCES.at(-1);
  expect(await last?.find({ source: 'unknown' }, {})).toBeDefined();
});
