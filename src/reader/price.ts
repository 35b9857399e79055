import type { DataPoint } from '@opentelemetry/sdk-metrics';
import type { Attributes, Pricing, Terms, TotalsSource } from '../emissions/index.ts';
import { type Contents, type Found, infoFor, seriesOf } from './find.ts';
import { toMillis } from './points.ts';
import type { Group, TermsBook } from './terms.ts';

/** A point of an energy counter with everything to price it. */
export interface Priced {
  readonly found: Found;
  readonly point: DataPoint<number>;
  /** Facts of the run, where the energy is ours. */
  readonly info: Attributes | undefined;
  /** Undefined while the place is not settled. */
  readonly terms: Terms | undefined;
  readonly totals: TotalsSource | undefined;
}

/** Asks for the terms of every point; undefined for those that somebody else prices. */
export const price = (
  contents: Contents,
  terms: TermsBook,
): readonly Promise<Priced | undefined>[] =>
  contents.energy.flatMap((found) =>
    found.metric.dataPoints.map((point) => pricePoint(found, point, contents, terms)),
  );

async function pricePoint(
  found: Found,
  point: DataPoint<number>,
  contents: Contents,
  terms: TermsBook,
): Promise<Priced | undefined> {
  const group = groupOf(found, point, contents);
  const totals = found.own ? terms.totalsOf(group, point.attributes) : undefined;
  if (totals?.observesEmissions) return undefined;
  const info = found.own ? group.info : undefined;
  return { found, point, info, terms: await terms.termsOf(group), totals };
}

function groupOf(
  { own }: Found,
  { attributes, endTime }: DataPoint<number>,
  contents: Contents,
): Group {
  return {
    key: own ? seriesOf(attributes) : '',
    info: own ? infoFor(attributes, contents.infos) : contents.infos[0],
    waits: own ? 'always' : contents.hasOwnScope ? 'briefly' : 'never',
    atMillis: toMillis(endTime),
  };
}

/** Energy that somebody else measured is not ours to scale, and no mark of ours belongs to it. */
export function pricingOf({ found, terms, totals }: Priced): Pricing | undefined {
  if (terms === undefined) return undefined;
  return found.own ? { ...terms, totals } : { ...terms, pue: 1 };
}
