import {
  drawPie,
  drawStates,
  drawTimeSeries,
  escapeHtml,
  type Named,
  namedSeries,
} from './charts.ts';
import { BACKGROUND, BORDER, FAINT, namedColor, PANEL, TEXT } from './colors.ts';
import type { TimeRange } from './grafana.ts';
import type { FilledDashboard, FilledPanel } from './run.ts';
import { tableOf } from './table.ts';
import { formatNumber, show } from './units.ts';

const WIDTH = 1280;
const COLUMN = (WIDTH - 16) / 24;
/** Height of a cell of Grafana's grid, the gap below it included. */
const CELL = 38;
const GAP = 8;
const HEAD = 70;
const TITLE = 30;
const LEGEND_LINE = 18;

/** How high and wide the page of a dashboard is, in pixels. */
export function pageSize(filled: FilledDashboard): { width: number; height: number } {
  const ends = filled.panels.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h);
  return { width: WIDTH, height: HEAD + Math.max(...ends) * CELL + GAP };
}

/** A page of HTML with a dashboard's panels, about as Grafana shows them. */
export function drawDashboard(filled: FilledDashboard, range: TimeRange): string {
  const { dashboard, panels, choices } = filled;
  const { height } = pageSize(filled);
  const chosen = dashboard.templating.list
    .filter(({ type }) => type !== 'datasource')
    .map(({ name, label }) => {
      const value = [choices[name] ?? ''].flat().map((one) => (one === '$__all' ? 'All' : one));
      return `<span class="variable">${escapeHtml(label)} <b>${escapeHtml(value.join(' + '))}</b></span>`;
    });
  const minutes = Math.round((range.to - range.from) / 60);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escapeHtml(dashboard.title)}</title>
<style>${STYLE}</style>
<body style="height:${height}px">
<header><h1>${escapeHtml(dashboard.title)}</h1>${chosen.join('')}<span class="variable">Time <b>last ${minutes} minutes, UTC</b></span></header>
${panels.map((panel) => drawPanel(panel, range)).join('\n')}
</body></html>`;
}

function drawPanel(filled: FilledPanel, range: TimeRange): string {
  const { x, y, w, h } = filled.panel.gridPos;
  const width = w * COLUMN - GAP;
  const height = h * CELL - GAP;
  const place = `left:${8 + x * COLUMN}px;top:${HEAD + y * CELL}px;width:${width}px;height:${height}px`;
  const title = escapeHtml(filled.panel.title);
  if (filled.panel.type === 'row') return `<div class="row" style="${place}">${title}</div>`;
  const inner = { width: width - 18, height: height - TITLE };
  return `<section style="${place}"><h2>${title}</h2>${drawContent(filled, range, inner)}</section>`;
}

interface Inner {
  readonly width: number;
  readonly height: number;
}

function drawContent(filled: FilledPanel, range: TimeRange, inner: Inner): string {
  const { panel, executed } = filled;
  if (executed.every(({ answers }) => answers.length === 0)) {
    return `<p class="none">${escapeHtml(panel.fieldConfig?.defaults.noValue ?? 'No data')}</p>`;
  }
  switch (panel.type) {
    case 'stat':
      return drawStat(filled);
    case 'timeseries':
      return drawLines(filled, range, inner);
    case 'piechart':
      return drawRing(filled, inner);
    case 'bargauge':
      return drawBars(filled, inner);
    case 'state-timeline':
      return drawStates(filled, range, { ...inner, height: inner.height - 6 });
    case 'table':
      return drawTable(filled);
    default:
      throw new Error(`a panel of type ${panel.type} cannot be drawn`);
  }
}

function drawStat(filled: FilledPanel): string {
  const { fieldConfig, options } = filled.panel;
  const series = namedSeries(filled);
  const isList = series.length > 1;
  const size = isList ? 15 : options?.colorMode === 'background' ? 20 : 28;
  const values = series.map(({ name, last }) => {
    const { text, color } = show(last, fieldConfig?.defaults ?? {});
    const painted =
      options?.colorMode === 'background'
        ? `background:${namedColor(color)};color:${BACKGROUND};border-radius:3px`
        : `color:${namedColor(color ?? 'text')}`;
    const label =
      options?.textMode === 'value_and_name' ? `<small>${escapeHtml(name)}</small>` : '';
    return `<div style="${painted}">${label}<span style="font-size:${size}px">${escapeHtml(text)}</span></div>`;
  });
  return `<div class="stat${isList ? ' list' : ''}">${values.join('')}</div>`;
}

function drawLines(filled: FilledPanel, range: TimeRange, { width, height }: Inner): string {
  const series = namedSeries(filled);
  const shown = series.slice(0, 8);
  const unit = filled.panel.fieldConfig?.defaults.unit ?? 'none';
  const columns = Math.max(1, Math.floor(width / 190));
  const room = Math.ceil(shown.length / columns) * LEGEND_LINE + 4;
  const items = shown.map((one) => legendItem(one, formatNumber(one.last, unit)));
  return `${drawTimeSeries(filled, range, { width, height: height - room })}
<div class="legend" style="grid-template-columns:repeat(${columns},1fr)">${items.join('')}</div>`;
}

const legendItem = ({ name, color }: Named, value: string): string =>
  `<span><i style="background:${color}"></i>${escapeHtml(name)} <b>${value}</b></span>`;

function drawRing(filled: FilledPanel, { height }: Inner): string {
  const series = namedSeries(filled);
  const sum = series.reduce((total, { last }) => total + last, 0);
  const unit = filled.panel.fieldConfig?.defaults.unit ?? 'none';
  const items = series.map((one) => {
    const share = formatNumber(sum === 0 ? 0 : (100 * one.last) / sum, 'percent', 1);
    return legendItem(one, `${share} (${formatNumber(one.last, unit)})`);
  });
  const ring = drawPie(filled, { width: height, height: height - 8 });
  return `<div class="ring">${ring}<div class="legend">${items.join('')}</div></div>`;
}

function drawBars(filled: FilledPanel, { height }: Inner): string {
  const series = [...namedSeries(filled)].sort((one, other) => other.last - one.last);
  const highest = Math.max(...series.map(({ last }) => last)) || 1;
  const defaults = filled.panel.fieldConfig?.defaults ?? {};
  const rowHeight = Math.min(34, height / series.length);
  const rows = series.map(({ name, color, last }) => {
    const share = (100 * last) / (defaults.max ?? highest);
    return `<tr style="height:${rowHeight}px"><td>${escapeHtml(name)}</td><td class="bar"><i style="width:${share.toFixed(1)}%;background:${color}"></i></td><td style="color:${color}">${escapeHtml(show(last, defaults).text)}</td></tr>`;
  });
  return `<table class="bars">${rows.join('')}</table>`;
}

function drawTable(filled: FilledPanel): string {
  const { columns, rows } = tableOf(filled);
  const head = columns.map((column) => `<th>${escapeHtml(column)}</th>`);
  const body = rows.map((row) => {
    const cells = row.map(
      ({ text, color }) =>
        `<td style="color:${namedColor(color ?? 'text')}">${escapeHtml(text)}</td>`,
    );
    return `<tr>${cells.join('')}</tr>`;
  });
  const kind = columns.length > 3 ? 'table' : 'table few';
  return `<table class="${kind}"><tr>${head.join('')}</tr>${body.join('')}</table>`;
}

const STYLE = `
body{margin:0;width:${WIDTH}px;position:relative;background:${BACKGROUND};color:${TEXT};font:13px "DejaVu Sans",sans-serif}
header{padding:16px 12px;display:flex;gap:14px;align-items:center}
h1{font-size:20px;margin:0 16px 0 0;font-weight:500}
.variable{background:${PANEL};border:1px solid ${BORDER};border-radius:3px;padding:6px 10px;color:${FAINT}}
.variable b{color:${TEXT};font-weight:500;margin-left:6px}
section,.row{position:absolute;box-sizing:border-box;overflow:hidden}
section{background:${PANEL};border:1px solid ${BORDER};border-radius:3px;padding:0 8px}
.row{font-size:15px;font-weight:500;padding:4px}
h2{font-size:13px;font-weight:500;margin:7px 0 6px}
.none{text-align:center;color:${FAINT}}
.stat{display:flex;height:calc(100% - 40px);gap:6px;text-align:center;align-items:stretch}
.stat>div{flex:1;display:flex;flex-direction:column;justify-content:center;font-weight:500;white-space:nowrap}
.stat.list{flex-direction:column}
.stat.list>div{flex-direction:row;align-items:center;gap:8px}
.stat small{font-size:11px;color:${FAINT};white-space:normal}
.stat.list small{white-space:nowrap}
.legend{display:grid;font-size:11px;line-height:${LEGEND_LINE}px;color:${FAINT};white-space:nowrap}
.legend i{display:inline-block;width:12px;height:4px;border-radius:2px;margin-right:6px;vertical-align:middle}
.legend b{color:${TEXT};font-weight:500}
.ring{display:flex;gap:24px;align-items:center}
.ring .legend{font-size:12px;line-height:24px}
table{border-collapse:collapse;width:100%;font-size:12px}
.bars td{padding:1px 6px;white-space:nowrap}
.bars td:first-child{width:1%}
.bars td:last-child{width:1%;text-align:right}
.bar i{display:block;height:16px;border-radius:2px;opacity:.8;min-width:1px}
.table th{color:#6e9fff;text-align:left;font-weight:500}
.table th,.table td{padding:5px 8px;border-bottom:1px solid ${BORDER};white-space:nowrap;overflow:hidden;text-overflow:ellipsis;max-width:250px}
.table.few td:nth-child(n+2){max-width:none;white-space:normal}
`;
