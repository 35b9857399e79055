export { type Attributes, attributesKey } from './attributes.ts';
export type { EnergyPoint } from './interval.ts';
export { type Costs, type Entry, type Ledger, openLedger, type Pricing } from './ledger.ts';
export { costsUpTo } from './meter.ts';
export { settleTerms, type Terms } from './settle.ts';
export { announceTotals, findTotals, knownSources, type TotalsSource } from './totals.ts';
