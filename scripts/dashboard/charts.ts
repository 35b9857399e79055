import { FAINT, namedColor, PANEL, seriesColor } from './colors.ts';
import { legend, type TimeRange } from './grafana.ts';
import type { FilledPanel } from './run.ts';
import { formatNumber, show } from './units.ts';

/** A line, a slice or a bar: what all targets of a panel gave, under the names of their legends. */
export interface Named {
  readonly name: string;
  readonly color: string;
  readonly points: readonly (readonly [number, number])[];
  /** The newest value. */
  readonly last: number;
}

export interface Box {
  readonly width: number;
  readonly height: number;
}

/** The series of a panel, without those that hold no number. */
export function namedSeries({ panel, executed }: FilledPanel): readonly Named[] {
  const found = executed.flatMap(({ target, answers }) =>
    answers.map(({ metric, points }) => ({
      name: legend(target.legendFormat, metric),
      points: points.filter(([, value]) => Number.isFinite(value)),
    })),
  );
  const named = found.filter(({ points }) => points.length > 0);
  named.sort(({ name: one }, { name: other }) => one.localeCompare(other));
  return named.map((series, index) => ({
    ...series,
    color: seriesColor(series.name, index, panel.fieldConfig),
    last: series.points.at(-1)?.[1] ?? Number.NaN,
  }));
}

const MARGIN = { left: 70, right: 8, top: 8, bottom: 20 };
/** Lines of the grid, at most. */
const LINES = 5;

/** Lines over time, stacked where the panel says so. */
export function drawTimeSeries(filled: FilledPanel, range: TimeRange, box: Box): string {
  const series = namedSeries(filled);
  const defaults = filled.panel.fieldConfig?.defaults ?? {};
  const isStacked = defaults.custom?.stacking?.mode === 'normal';
  const areas = isStacked ? stack(series) : series.map(({ points }) => points.map(fromZero));
  const highest = Math.max(...areas.flat().map(({ top }) => top), 0);
  const step = niceStep((defaults.max ?? (highest || 1)) / LINES);
  const top = defaults.max ?? step * Math.ceil((highest || 1) / step);
  const x = scale(range.from, range.to, MARGIN.left, box.width - MARGIN.right);
  const y = scale(0, top, box.height - MARGIN.bottom, MARGIN.top);
  const opacity = (defaults.custom?.fillOpacity ?? 0) / 100;
  const shapes = series.map(({ color }, index) => {
    const area = areas[index] ?? [];
    const upper = area.map(({ time, top }) => `${fixed(x(time))},${fixed(y(top))}`);
    const lower = area.map(({ time, base }) => `${fixed(x(time))},${fixed(y(base))}`).reverse();
    return `<polygon points="${[...upper, ...lower].join(' ')}" fill="${color}" opacity="${opacity}"/>
<polyline points="${upper.join(' ')}" fill="none" stroke="${color}" stroke-width="1.3"/>`;
  });
  const unit = defaults.unit ?? 'none';
  return svg(box, [grid({ top, step, unit }, y, box), timeAxis(range, x, box), ...shapes]);
}

interface Span {
  readonly time: number;
  readonly base: number;
  readonly top: number;
}

const fromZero = ([time, value]: readonly [number, number]): Span => ({
  time,
  base: 0,
  top: value,
});

/** Each series upon those before it, time by time. */
function stack(series: readonly Named[]): readonly (readonly Span[])[] {
  const heights = new Map<number, number>();
  return series.map(({ points }) =>
    points.map(([time, value]) => {
      const base = heights.get(time) ?? 0;
      heights.set(time, base + value);
      return { time, base, top: base + value };
    }),
  );
}

interface Axis {
  readonly top: number;
  readonly step: number;
  readonly unit: string;
}

function grid({ top, step, unit }: Axis, y: (value: number) => number, box: Box): string {
  return Array.from({ length: Math.round(top / step) + 1 }, (_, index) => {
    const value = step * index;
    const at = fixed(y(value));
    return `<line x1="${MARGIN.left}" x2="${box.width - MARGIN.right}" y1="${at}" y2="${at}" stroke="#2c2f36"/>
<text x="${MARGIN.left - 6}" y="${Number(at) + 4}" text-anchor="end">${formatNumber(value, unit)}</text>`;
  }).join('');
}

function timeAxis({ from, to }: TimeRange, x: (time: number) => number, box: Box): string {
  const step = TIME_STEPS.find((seconds) => (to - from) / seconds <= 5) ?? 86_400;
  const first = Math.ceil(from / step) * step;
  const times = Array.from(
    { length: Math.floor((to - first) / step) + 1 },
    (_, index) => first + index * step,
  );
  return times
    .map((time) => {
      const label = new Date(time * 1000).toISOString().slice(11, step < 60 ? 19 : 16);
      return `<text x="${fixed(x(time))}" y="${box.height - 5}" text-anchor="middle">${label}</text>`;
    })
    .join('');
}

const TIME_STEPS = [10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600];

/** A ring whose slices are shares of the sum. */
export function drawPie(filled: FilledPanel, box: Box): string {
  const series = namedSeries(filled);
  const sum = series.reduce((total, { last }) => total + last, 0);
  const radius = box.height / 2 - 10;
  const circumference = 2 * Math.PI * radius * 0.75;
  let before = 0;
  const slices = series.map(({ color, last }) => {
    const share = sum === 0 ? 0 : last / sum;
    const slice = `<circle r="${fixed(radius * 0.75)}" cx="${box.height / 2}" cy="${box.height / 2}" fill="none" stroke="${color}" stroke-width="${fixed(radius * 0.45)}" stroke-dasharray="${fixed(share * circumference)} ${fixed(circumference)}" stroke-dashoffset="${fixed(-before * circumference)}" transform="rotate(-90 ${box.height / 2} ${box.height / 2})"/>`;
    before += share;
    return slice;
  });
  return svg({ width: box.height, height: box.height }, slices);
}

const ROW = 26;
const NAMES = 130;

/** A row per series, coloured by its state over time. */
export function drawStates(filled: FilledPanel, range: TimeRange, box: Box): string {
  const series = namedSeries(filled);
  const defaults = filled.panel.fieldConfig?.defaults ?? {};
  const rowHeight = Math.min(ROW, (box.height - MARGIN.bottom) / Math.max(series.length, 1));
  const x = scale(range.from, range.to, NAMES, box.width - MARGIN.right);
  const rows = series.map(({ name, points }, index) => {
    const y = index * rowHeight;
    const states = points.map(([time, value]) => {
      const width = x(time + range.step) - x(time) + 0.4;
      const color = namedColor(show(value, defaults).color);
      return `<rect x="${fixed(x(time))}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(rowHeight - 3)}" fill="${color}" opacity="0.75"/>`;
    });
    return `<text x="${NAMES - 8}" y="${fixed(y + rowHeight / 2 + 3)}" text-anchor="end">${escapeHtml(name)}</text>${states.join('')}`;
  });
  return svg(box, [...rows, timeAxis(range, x, box)]);
}

/** Text that may hold signs of HTML. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const svg = ({ width, height }: Box, parts: readonly string[]): string =>
  `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" fill="${FAINT}" font-size="11" style="background:${PANEL}">${parts.join('\n')}</svg>`;

function scale(from: number, to: number, low: number, high: number): (value: number) => number {
  return (value) => low + ((value - from) / (to - from)) * (high - low);
}

/** 1, 2, 2.5 or 5 times a power of ten, not below the given step. */
function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return (NICE.find((factor) => factor * power >= step) ?? 10) * power;
}

const NICE = [1, 2, 2.5, 5, 10];

const fixed = (value: number): string => value.toFixed(1);
