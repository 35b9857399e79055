import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addZeros, formatNumber, NUMBER_WIDTH } from '../../../src/exporters/csv/number.ts';

const double = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('a number', () => {
  it.each([
    [0, '0.0'],
    [-0, '0.0'],
    [12, '12.0'],
    [12.5, '12.5'],
    [0.0001, '0.0001'],
    [0.00001234, '1.234e-05'],
    [1e-300, '1.0e-300'],
    [1e16, '1.0e+16'],
    [-3e21, '-3.0e+21'],
    [1 / 3, '0.3333333333333333'],
  ])('%d is written as Python writes it: %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it('is written exactly, and never wider than the widest', () => {
    fc.assert(
      fc.property(double, (value) => {
        const text = formatNumber(value);
        expect(Number(text)).toBe(value === 0 ? 0 : value);
        expect(text.length).toBeLessThanOrEqual(NUMBER_WIDTH);
        expect(text).toMatch(/^-?\d+\.\d+(e[+-]\d{2,3})?$/);
      }),
    );
  });

  it('keeps its value however many zeros are added', () => {
    fc.assert(
      fc.property(double, fc.nat(60), (value, zeros) => {
        const text = formatNumber(value);
        const wider = addZeros(text, zeros);
        expect(wider.length).toBe(text.length + zeros);
        expect(Number(wider)).toBe(Number(text));
      }),
    );
  });

  it('keeps twelve digits when there is little room', () => {
    fc.assert(
      fc.property(double, fc.integer({ min: 12, max: 16 }), (value, digits) => {
        const rounded = Number(formatNumber(value, digits));
        expect(Math.abs(rounded - value)).toBeLessThanOrEqual(Math.abs(value) * 10 ** (1 - digits));
      }),
    );
  });
});
