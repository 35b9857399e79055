import type { FieldOptions } from './grafana.ts';
import type { FilledPanel } from './run.ts';
import { type Shown, show } from './units.ts';

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Shown[])[];
}

type Row = Readonly<Record<string, string | number>>;

/** The table of a panel after its transformations: merge, filterFieldsByName, organize. */
export function tableOf(filled: FilledPanel): Table {
  const { panel } = filled;
  const organize = panel.transformations?.find(({ id }) => id === 'organize')?.options ?? {};
  const { indexByName = {}, renameByName = {} } = organize;
  const fields = Object.entries(indexByName)
    .sort(([, one], [, other]) => one - other)
    .map(([field]) => field);
  const [order] = panel.options?.sortBy ?? [];
  const sortField = fields.find((field) => renameByName[field] === order?.displayName);
  const rows = [...mergedRows(filled)].sort(
    (one, other) => (order?.desc ? -1 : 1) * compare(one[sortField ?? ''], other[sortField ?? '']),
  );
  return {
    columns: fields.map((field) => renameByName[field] ?? field),
    rows: rows.map((row) =>
      fields.map((field) => {
        const value = row[field];
        if (value === undefined) return { text: '' };
        return show(value, columnOptions(filled, renameByName[field] ?? field));
      }),
    ),
  };
}

/** A row per set of labels, with the values of all targets: `Value`, or `Value #A` where there are several. */
function mergedRows({ executed }: FilledPanel): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const { target, answers } of executed) {
    const column = executed.length === 1 ? 'Value' : `Value #${target.refId}`;
    for (const { metric, points } of answers) {
      const key = JSON.stringify(Object.entries(metric).sort());
      const value = points.at(-1)?.[1] ?? Number.NaN;
      rows.set(key, { ...metric, ...rows.get(key), [column]: value });
    }
  }
  return [...rows.values()];
}

function columnOptions({ panel }: FilledPanel, column: string): FieldOptions {
  const overrides = panel.fieldConfig?.overrides.filter(
    ({ matcher }) => matcher.options === column,
  );
  const properties = overrides?.flatMap(({ properties }) => properties) ?? [];
  return {
    ...panel.fieldConfig?.defaults,
    ...Object.fromEntries(properties.map(({ id, value }) => [id, value])),
  };
}

function compare(one: string | number | undefined, other: string | number | undefined): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return String(one ?? '').localeCompare(String(other ?? ''));
}
