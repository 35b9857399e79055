/** Widest number: `-1.2345678901234567e-300`. Every double fits, written exactly. */
export const NUMBER_WIDTH = 24;

/**
 * A number as Python's `repr` writes a float, so that a column stays a column of floats: at least one
 * decimal, an exponent below 1e-4 and from 1e16 on. `digits` limits the significant digits; 17 are exact.
 */
export function formatNumber(value: number, digits = 17): string {
  const rounded = digits >= 17 ? value : round(value, digits);
  const size = Math.abs(rounded);
  if (size === 0) return '0.0';
  if (size >= 1e-4 && size < 1e16) return withDecimal(String(rounded));
  const [mantissa = '', exponent = ''] = rounded.toExponential().split('e');
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${withDecimal(mantissa)}e${sign}${exponent.slice(1).padStart(2, '0')}`;
}

/** The largest doubles would round to infinity. */
function round(value: number, digits: number): number {
  const rounded = Number(value.toPrecision(digits));
  return Number.isFinite(rounded) ? rounded : value;
}

const withDecimal = (digits: string): string => (digits.includes('.') ? digits : `${digits}.0`);

/** The same number, `zeros` characters longer: zeros after the last decimal. */
export function addZeros(number: string, zeros: number): string {
  const exponent = number.indexOf('e');
  const end = exponent < 0 ? number.length : exponent;
  return number.slice(0, end) + '0'.repeat(zeros) + number.slice(end);
}
