import type { TimeRange } from './grafana.ts';

/** One series: its labels, and pairs of seconds since the epoch and a value. */
export interface Answer {
  readonly metric: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [number, number])[];
}

/** Values of all series now, or at a time in seconds since the epoch. Throws with the query when it is refused. */
export async function queryInstant(
  url: string,
  query: string,
  time: number,
): Promise<readonly Answer[]> {
  const { result } = await ask<{ result: Vector }>(url, 'query', { query, time: String(time) });
  return result.map(({ metric, value }) => ({ metric, points: [toPoint(value)] }));
}

/** Values of all series over a time. Throws with the query when it is refused. */
export async function queryRange(
  url: string,
  query: string,
  { from, to, step }: TimeRange,
): Promise<readonly Answer[]> {
  // Whole steps, as Grafana does: the same time gives the same points.
  const start = Math.ceil(from / step) * step;
  const { result } = await ask<{ result: Matrix }>(url, 'query_range', {
    query,
    start: String(start),
    end: String(to),
    step: String(step),
  });
  return result.map(({ metric, values }) => ({ metric, points: values.map(toPoint) }));
}

const LABEL_VALUES = /^label_values\((.*),\s*(\w+)\s*\)$/s;

/** The values of `label_values(selector, label)`, the function of Grafana for variables. */
export async function labelValues(
  url: string,
  query: string,
  { from, to }: TimeRange,
): Promise<readonly string[]> {
  const [, selector, label] = LABEL_VALUES.exec(query) ?? [];
  if (selector === undefined) throw new Error(`not a query for values: ${query}`);
  return ask(url, `label/${label}/values`, {
    'match[]': selector.trim(),
    start: String(from),
    end: String(to),
  });
}

type Pair = readonly [number, string];
type Vector = readonly { readonly metric: Answer['metric']; readonly value: Pair }[];
type Matrix = readonly { readonly metric: Answer['metric']; readonly values: readonly Pair[] }[];

const toPoint = ([time, value]: Pair): readonly [number, number] => [time, Number(value)];

async function ask<Data>(
  url: string,
  path: string,
  given: Readonly<Record<string, string>>,
): Promise<Data> {
  const isQuery = path.startsWith('query');
  const search = new URLSearchParams(given);
  const address = `${url}/api/v1/${path}${isQuery ? '' : `?${search}`}`;
  const answer = await fetch(address, isQuery ? { method: 'POST', body: search } : {});
  const { status, error, data } = (await answer.json()) as {
    status: string;
    error?: string;
    data: Data;
  };
  if (status !== 'success') throw new Error(`${error}, in\n${given.query ?? address}`);
  return data;
}
