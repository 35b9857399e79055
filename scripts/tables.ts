import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXPORTERS } from '../src/exporters/index.ts';
import { INTENSITY_SOURCES } from '../src/intensity/index.ts';
import { OPTIONS, type OptionDeclaration } from '../src/options/index.ts';
import { PROBES } from '../src/probes/index.ts';
import { DERIVED_METRICS, METRICS, type MetricDefinition } from '../src/semconv.ts';

/** The tables of README.md, by the name in their marker `<!-- table: name -->`. */
const TABLES: Readonly<Record<string, () => string>> = {
  metrics: () => metricTable(METRICS),
  derived: () => metricTable(DERIVED_METRICS),
  options: optionTable,
  probes: probeTable,
  exporters: exporterTable,
  intensity: intensityTable,
};

const MARKED = /(<!-- table: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** The text with every marked table made anew. */
export function fillTables(readme: string): string {
  return readme.replace(MARKED, (_, begin: string, name: string, end: string) => {
    const table = TABLES[name];
    if (table === undefined) throw new Error(`README.md: there is no table "${name}"`);
    return `${begin}${table()}\n${end}`;
  });
}

function metricTable(metrics: Readonly<Record<string, MetricDefinition>>): string {
  const rows = Object.entries(metrics)
    .filter(([key, metric]) => isObserved(key, metric))
    .map(([, { name, kind, unit, attributes, description }]) => [
      code(kind === 'counter' ? `${name}_total` : name),
      kind,
      code(unit),
      attributes.map(code).join(', '),
      description,
    ]);
  return table(['Prometheus name', 'kind', 'unit', 'own attributes', 'meaning'], rows);
}

/** A name that is reserved for a later part of the package is not promised to a reader. */
function isObserved(key: string, { attributes }: MetricDefinition): boolean {
  const isOfGpu = attributes.includes('gpu');
  if (isOfGpu && !PROBES.some(({ components }) => components.includes('gpu'))) return false;
  return usesOf(`METRICS.${key}`);
}

function usesOf(text: string): boolean {
  return readdirSync('src', { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .some((code) => code.includes(text));
}

function optionTable(): string {
  const declared: [string, OptionDeclaration<unknown>][] = Object.entries(OPTIONS);
  const rows = declared.map(([name, { key, allowed, default: preset, help, takers }]) => [
    code(name),
    code(`CODECARBON_${key.toUpperCase()}`),
    `${help} (${allowed})`,
    preset === undefined ? '' : code(String(preset)),
    takers.join(', '),
  ]);
  return table(['option', 'variable', 'meaning (allowed)', 'default', 'taken by'], rows);
}

function probeTable(): string {
  const rows = PROBES.map(({ id, components, description }) => [
    code(id),
    components.join(', '),
    description,
  ]);
  return table(['probe', 'measures', 'how'], rows);
}

function exporterTable(): string {
  const rows = EXPORTERS.map(({ id, description }) => [
    code(id),
    code(`opentelemetry-instrumentation-codecarbon/exporters/${id}`),
    description,
  ]);
  return table(['exporter', 'import from', 'what it does'], rows);
}

function intensityTable(): string {
  const rows = INTENSITY_SOURCES.map(({ id, description }) => [code(id), description]);
  return table(['source', 'where the figure is from'], rows);
}

const code = (text: string): string => `\`${text}\``;

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
