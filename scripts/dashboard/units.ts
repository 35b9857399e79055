import type { FieldOptions, Mapping } from './grafana.ts';

/** How a value is shown: its text, and a colour where the dashboard names one. */
export interface Shown {
  readonly text: string;
  readonly color?: string;
}

/** A value as Grafana would write it, with the mappings, unit and thresholds of its field. */
export function show(value: number | string, field: FieldOptions): Shown {
  const mapped = mapValue(value, field.mappings ?? []);
  if (mapped !== undefined) return mapped;
  if (typeof value === 'string') return { text: value };
  const text = formatNumber(value, field.unit ?? 'none', field.decimals);
  const color = field.color?.mode === 'thresholds' ? thresholdColor(value, field) : undefined;
  return color === undefined ? { text } : { text, color };
}

function mapValue(value: number | string, mappings: readonly Mapping[]): Shown | undefined {
  for (const { type, options } of mappings) {
    const result =
      type === 'value' ? options[String(value)] : isInRange(value, options) && options.result;
    if (result) return result as Shown;
  }
  return undefined;
}

const isInRange = (value: number | string, { from, to }: Mapping['options']): boolean =>
  typeof value === 'number' && typeof from === 'number' && value >= from && value <= Number(to);

function thresholdColor(value: number, { thresholds }: FieldOptions): string | undefined {
  const reached = thresholds?.steps.filter(
    (step) => step.value === null || step.value === undefined || value >= step.value,
  );
  return reached?.at(-1)?.color;
}

const PREFIXES: readonly (readonly [number, string])[] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
  [1e-3, 'm'],
  [1e-6, 'µ'],
  [1e-9, 'n'],
];

/** Units that get a prefix of the SI, by Grafana's names for them. */
const SCALED: Readonly<Record<string, string>> = { massg: 'g', watth: 'Wh', watt: 'W' };

/** Writes a number in a unit of Grafana; those that the dashboards use. */
export function formatNumber(value: number, unit: string, decimals?: number): string {
  if (!Number.isFinite(value)) return '–';
  const scaled = SCALED[unit] ?? (unit.startsWith('si:') ? unit.slice('si:'.length) : undefined);
  if (scaled !== undefined) return withPrefix(value, scaled, decimals);
  if (unit.startsWith('suffix:')) {
    return `${digits(value, decimals)} ${unit.slice('suffix:'.length).trim()}`;
  }
  if (unit === 'percent') return `${digits(value, decimals)}%`;
  if (unit === 'percentunit') return `${digits(100 * value, decimals ?? 2)}%`;
  if (unit === 's') return duration(value, decimals);
  if (unit === 'litre') return `${digits(value, decimals)} L`;
  return digits(value, decimals);
}

function withPrefix(value: number, unit: string, decimals?: number): string {
  if (value === 0) return `0 ${unit}`;
  const [factor, prefix] = PREFIXES.find(([factor]) => Math.abs(value) >= factor) ?? [1e-9, 'n'];
  return `${digits(value / factor, decimals)} ${prefix}${unit}`;
}

function duration(seconds: number, decimals?: number): string {
  if (seconds === 0) return '0 s';
  if (Math.abs(seconds) < 1e-3) return `${digits(seconds * 1e6, decimals)} µs`;
  if (Math.abs(seconds) < 1) return `${digits(seconds * 1e3, decimals)} ms`;
  if (Math.abs(seconds) < 60) return `${digits(seconds, decimals)} s`;
  if (Math.abs(seconds) < 3600) return `${digits(seconds / 60, decimals)} min`;
  return `${digits(seconds / 3600, decimals)} hours`;
}

/** Three significant digits, unless a number of decimals is asked for. */
function digits(value: number, decimals?: number): string {
  if (decimals !== undefined) return value.toFixed(decimals);
  if (value === 0 || Math.abs(value) >= 1000) return value.toFixed(0);
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return String(Number(value.toFixed(Math.min(places, 6))));
}
