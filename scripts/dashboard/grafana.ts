import { readFileSync } from 'node:fs';

/** What this project uses of Grafana's dashboard JSON (schema version 41). */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
}

export interface Variable {
  readonly name: string;
  readonly label: string;
  readonly type: 'datasource' | 'query' | 'custom';
  readonly query: string | { readonly query: string };
  readonly current: { readonly value?: string | readonly string[] };
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly Target[];
  readonly transformations?: readonly Transformation[];
  readonly fieldConfig?: FieldConfig;
  readonly options?: PanelOptions;
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly instant: boolean;
  readonly format: 'time_series' | 'table';
  readonly legendFormat: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}

export interface Transformation {
  readonly id: string;
  readonly options: {
    readonly include?: { readonly names: readonly string[] };
    readonly indexByName?: Readonly<Record<string, number>>;
    readonly renameByName?: Readonly<Record<string, string>>;
  };
}

export interface FieldConfig {
  readonly defaults: FieldOptions;
  readonly overrides: readonly {
    readonly matcher: { readonly id: string; readonly options: string };
    readonly properties: readonly { readonly id: string; readonly value: unknown }[];
  }[];
}

export interface FieldOptions {
  readonly unit?: string;
  readonly decimals?: number;
  /** Instead of data where there are none. */
  readonly noValue?: string;
  readonly min?: number;
  readonly max?: number;
  readonly color?: { readonly mode: string; readonly fixedColor?: string };
  readonly thresholds?: {
    readonly steps: readonly { readonly value: number | null; readonly color: string }[];
  };
  readonly mappings?: readonly Mapping[];
  readonly custom?: {
    readonly fillOpacity?: number;
    readonly stacking?: { readonly mode: string };
  };
}

export interface Mapping {
  readonly type: 'value' | 'range' | 'special';
  readonly options: Readonly<Record<string, unknown>>;
}

export interface PanelOptions {
  readonly content?: string;
  readonly textMode?: string;
  readonly colorMode?: string;
  readonly sortBy?: readonly { readonly displayName: string; readonly desc: boolean }[];
}

const FOLDER = new URL('../../collector-config/grafana/dashboards/', import.meta.url);

/** A dashboard of `collector-config/grafana/dashboards`, by the name of its file. */
export const readDashboard = (name: string): Dashboard =>
  JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as Dashboard;

/** What was chosen for a variable; several only where it takes several. */
export type Choice = string | readonly string[];

/** Grafana's name for "all values". */
export const ALL = '$__all';

/** The time that is shown, in seconds since the epoch, and how finely. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
  /** Seconds between two points of a graph. */
  readonly step: number;
  /** Seconds between two scrapes: `timeInterval` of the data source. */
  readonly scrapeInterval: number;
}

/**
 * Puts values into a query as Grafana's Prometheus data source does: `$name`, `${name}`, and the built-in
 * `$__range`, `$__interval` and `$__rate_interval`. What is not known stays, such as `$1` of a `label_replace`.
 */
export function substitute(
  text: string,
  variables: readonly Variable[],
  choices: Readonly<Record<string, Choice>>,
  range?: TimeRange,
): string {
  const builtIn = range === undefined ? {} : builtIns(range);
  return text.replace(/\$\{(\w+)\}|\$(\w+)/g, (found, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    if (builtIn[name] !== undefined) return builtIn[name];
    const variable = variables.find((candidate) => candidate.name === name);
    const choice = choices[name];
    return variable === undefined || choice === undefined ? found : format(variable, choice);
  });
}

function builtIns({ from, to, step, scrapeInterval }: TimeRange): Readonly<Record<string, string>> {
  const range = Math.round(to - from);
  return {
    __range: `${range}s`,
    __range_s: String(range),
    __interval: `${step}s`,
    __rate_interval: `${Math.max(step + scrapeInterval, 4 * scrapeInterval)}s`,
  };
}

/** A variable that may have several values stands in a regular expression; another one in quotes. */
function format({ multi, includeAll, allValue }: Variable, choice: Choice): string {
  const values = typeof choice === 'string' ? [choice] : choice;
  if (values.includes(ALL) && allValue !== undefined) return allValue;
  if (multi !== true && includeAll !== true) return escapeQuoted(values.join());
  const escaped = values.map(escapeExpression);
  return escaped.length === 1 ? escaped.join() : `(${escaped.join('|')})`;
}

const escapeQuoted = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');

/** Escaped twice: for the regular expression, and for the quotes around it. */
const escapeExpression = (value: string): string =>
  escapeQuoted(value.replace(/[\\$^*{}[\]+?.()|]/g, '\\$&'));

/** The query of a variable, for example `label_values(codecarbon_info, project_name)`. */
export const queryOf = ({ query }: Variable): string =>
  typeof query === 'string' ? query : query.query;

/** Replaces `{{label}}` in a legend; `__auto` is the series' labels, or nothing where there are none. */
export function legend(format: string, labels: Readonly<Record<string, string>>): string {
  if (format !== '__auto') {
    return format
      .replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => labels[name] ?? '')
      .replace(/\s+/g, ' ')
      .trim();
  }
  const { __name__: name = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(', ')}}`;
}
