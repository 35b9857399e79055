/** One series of Prometheus and its newest value. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the text format of Prometheus. */
export function parseExposition(text: string): readonly Series[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name, , labels = '', value] = LINE.exec(line) ?? [];
    if (name === undefined) throw new Error(`not a sample: ${line}`);
    return { name, labels: parseLabels(labels), value: Number(value) };
  });
}

const LINE = /^([a-zA-Z_:][\w:]*)(\{(.*)\})? (\S+)( \d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)",?/g;

const parseLabels = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(LABEL)].map(([, name, value = '']) => [name, unescaped(value)]),
  );

const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));

interface QueryAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

/** Asks a Prometheus for an instant vector. */
export async function query(url: string, promql: string): Promise<readonly Series[]> {
  const body = new URLSearchParams({ query: promql });
  const answer = await fetch(`${url}/api/v1/query`, { method: 'POST', body });
  const { status, error, data } = (await answer.json()) as QueryAnswer;
  if (status !== 'success') throw new Error(`${promql}: ${error}`);
  return data.result.map(({ metric: { __name__ = '', ...labels }, value: [, value] }) => ({
    name: __name__,
    labels,
    value: Number(value),
  }));
}

/** Series by name and labels, as text that two paths can be compared by. */
export function bySeries(series: readonly Series[], without?: RegExp): ReadonlyMap<string, number> {
  return new Map(
    series.map(({ name, labels, value }) => [`${name}${labelText(labels, without)}`, value]),
  );
}

const labelText = (labels: Series['labels'], without?: RegExp): string =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([name]) => without?.test(name) !== true)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
