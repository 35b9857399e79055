import type { Component, Method, Outcome } from '../semconv.ts';
import type { Part } from './snapshot.ts';

/** What a running total counts. Everything that only grows is one of these. */
export type Series =
  | { readonly kind: 'duration' }
  | { readonly kind: 'energy'; readonly part: Part; readonly method: Method }
  | { readonly kind: 'busy'; readonly part: Part }
  | { readonly kind: 'ramUsage' }
  | { readonly kind: 'samples'; readonly probe: string; readonly outcome: Outcome }
  | { readonly kind: 'unmeasured'; readonly component: Component }
  | { readonly kind: 'partial'; readonly component: Component }
  | { readonly kind: 'overheadCpuTime' }
  | { readonly kind: 'overheadEnergy' };

/** One running total: joules, seconds, GiB seconds or a count. */
export interface Cell {
  readonly key: string;
  readonly series: Series;
  value: number;
}

/** The running totals of a machine, in order of appearance. */
export interface Cells extends Iterable<Cell> {
  /** The cell of a series, made at zero when it is new. */
  of(series: Series): Cell;
}

export function createCells(): Cells {
  const cells = new Map<string, Cell>();
  return {
    of(series) {
      const key = keyOf(series);
      const found = cells.get(key);
      if (found !== undefined) return found;
      const cell = { key, series, value: 0 };
      cells.set(key, cell);
      return cell;
    },
    [Symbol.iterator]: () => cells.values(),
  };
}

/** Identity of a component, or of one GPU. */
export const partKey = ({ component, gpu }: Part): string =>
  gpu === undefined ? component : `${component}:${gpu.uuid}`;

/** Identity of a series. */
export function keyOf(series: Series): string {
  switch (series.kind) {
    case 'energy':
      return `energy ${partKey(series.part)} ${series.method}`;
    case 'busy':
      return `busy ${partKey(series.part)}`;
    case 'samples':
      return `samples ${series.probe} ${series.outcome}`;
    case 'unmeasured':
    case 'partial':
      return `${series.kind} ${series.component}`;
    default:
      return series.kind;
  }
}
