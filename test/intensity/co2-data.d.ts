/** `@tgwf/co2` ships without types; this is the part that is read. */
declare module '@tgwf/co2/data' {
  /** Ember's yearly averages: ISO 3166-1 alpha-3 code (or the name of a region in capitals) -> g/kWh. */
  export const averageIntensity: { readonly data: Readonly<Record<string, number>> };
}
