import {
  ALL,
  type Choice,
  type Dashboard,
  type Panel,
  queryOf,
  substitute,
  type Target,
  type TimeRange,
} from './grafana.ts';
import { type Answer, labelValues, queryInstant, queryRange } from './prometheus.ts';

/** A query of a panel as it went to Prometheus, and what came back. */
export interface Executed {
  readonly target: Target;
  readonly query: string;
  readonly answers: readonly Answer[];
}

export interface FilledPanel {
  readonly panel: Panel;
  readonly executed: readonly Executed[];
}

/** A dashboard with the values of its variables and the data of its panels. */
export interface FilledDashboard {
  readonly dashboard: Dashboard;
  readonly choices: Readonly<Record<string, Choice>>;
  readonly panels: readonly FilledPanel[];
}

/**
 * Chooses the variables and runs every query of a dashboard, as Grafana does when it is opened.
 * @param wanted values that are chosen instead of the ones Grafana would take
 */
export async function fillDashboard(
  url: string,
  dashboard: Dashboard,
  range: TimeRange,
  wanted: Readonly<Record<string, Choice>> = {},
): Promise<FilledDashboard> {
  const choices = await choose(url, dashboard, range, wanted);
  const panels: FilledPanel[] = [];
  for (const panel of dashboard.panels) {
    const executed: Executed[] = [];
    for (const target of panel.targets ?? []) {
      const query = substitute(target.expr, dashboard.templating.list, choices, range);
      const answers = await execute(url, target, query, range);
      executed.push({ target, query, answers });
    }
    panels.push({ panel, executed });
  }
  return { dashboard, choices, panels };
}

/** The values of the variables, one after the other, since a query may name those before it. */
async function choose(
  url: string,
  { templating: { list } }: Dashboard,
  range: TimeRange,
  wanted: Readonly<Record<string, Choice>>,
): Promise<Readonly<Record<string, Choice>>> {
  const choices: Record<string, Choice> = {};
  for (const variable of list) {
    const { name, type, current } = variable;
    const found =
      type === 'query'
        ? await labelValues(url, substitute(queryOf(variable), list, choices, range), range)
        : undefined;
    if (found?.length === 0) throw new Error(`no values for the variable ${name}`);
    const usual = current.value ?? found?.[0];
    choices[name] = wanted[name] ?? usual ?? ALL;
  }
  return choices;
}

const execute = (
  url: string,
  { instant }: Target,
  query: string,
  range: TimeRange,
): Promise<readonly Answer[]> =>
  instant ? queryInstant(url, query, range.to) : queryRange(url, query, range);
