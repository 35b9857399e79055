import { expect, it } from 'vitest';
import { table } from '../../src/cli/table.ts';
import {
  energyInWords,
  massInWords,
  powerInWords,
  timeInWords,
  volumeInWords,
} from '../../src/cli/words.ts';

it.each([
  [0, '0 kWh'],
  [1e-9, '1.00 µWh'],
  [1e-13, '< 0.01 µWh'],
  [8.333e-5, '83.3 mWh'],
  [0.0009996, '1.00 Wh'],
  [0.0012, '1.20 Wh'],
  [0.5, '500 Wh'],
  [1234.5, '1.23 MWh'],
  [undefined, '-'],
])('energy of %s kWh reads %s', (value, words) => {
  expect(energyInWords(value)).toBe(words);
});

it.each([
  [5.5e-9, '5.50 µg'],
  [4.4e-8, '44.0 µg'],
  [4.48e-5, '44.8 mg'],
  [0.0123, '12.3 g'],
  [1.5, '1.50 kg'],
  [12_000, '12.0 t'],
])('emissions of %s kg read %s', (value, words) => {
  expect(massInWords(value)).toBe(words);
});

it.each([
  [0.25, '0.250 W'],
  [0.001, '< 0.01 W'],
  [80, '80.0 W'],
  [2500, '2.50 kW'],
])('power of %s W reads %s', (value, words) => {
  expect(powerInWords(value)).toBe(words);
});

it('water of 0.0004 L reads 400 µL', () => {
  expect(volumeInWords(0.0004)).toBe('400 µL');
});

it.each([
  [0.0113, '11 ms'],
  [0.31, '0.3 s'],
  [15, '15 s'],
  [59.96, '1 min 00 s'],
  [245.9, '4 min 05 s'],
  [97_440, '27 h 04 min'],
  [undefined, '-'],
])('%s seconds read %s', (value, words) => {
  expect(timeInWords(value)).toBe(words);
});

it('columns line up and no line ends in spaces', () => {
  expect(
    table(
      [
        ['a', '1', 'x'],
        ['long', '22', ''],
      ],
      [1],
    ),
  ).toEqual(['a      1  x', 'long  22']);
});
