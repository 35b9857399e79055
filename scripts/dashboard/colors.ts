import type { FieldConfig } from './grafana.ts';

/** Grafana's names for colours, in its dark theme. */
const NAMED: Readonly<Record<string, string>> = {
  green: '#73bf69',
  yellow: '#f2cc0c',
  blue: '#5794f2',
  orange: '#ff9830',
  red: '#f2495c',
  purple: '#b877d9',
  text: '#d8d9da',
};

const PALETTE = [
  '#73bf69',
  '#f2cc0c',
  '#8ab8ff',
  '#ff9830',
  '#f2495c',
  '#5794f2',
  '#b877d9',
  '#96d98d',
  '#ffee52',
  '#c0d8ff',
];

export const BACKGROUND = '#111217';
export const PANEL = '#181b1f';
export const BORDER = '#25272c';
export const TEXT = '#ccccdc';
export const FAINT = '#8e8e9a';

/** The colour of a name that a dashboard uses. */
export const namedColor = (name: string | undefined): string => NAMED[name ?? ''] ?? name ?? TEXT;

/** The colour of a series: that of an override by its name, else the next one of the palette. */
export function seriesColor(name: string, index: number, fields: FieldConfig | undefined): string {
  const overrides = fields?.overrides.filter(({ matcher }) => matcher.options === name) ?? [];
  const color = overrides.flatMap(({ properties }) => properties).find(({ id }) => id === 'color')
    ?.value as { fixedColor: string } | undefined;
  if (color !== undefined) return namedColor(color.fixedColor);
  const { mode, fixedColor } = fields?.defaults.color ?? {};
  if (mode === 'fixed') return namedColor(fixedColor);
  return PALETTE[index % PALETTE.length] ?? TEXT;
}
