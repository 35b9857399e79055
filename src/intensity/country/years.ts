/**
 * Year of each figure in Ember's table as `@tgwf/co2` 0.19.0 republishes it. The package drops the years;
 * its repository keeps them (`data/output/average-intensities.json`, CC BY-SA 4.0, Ember).
 */
const YEARS: Readonly<Record<number, string>> = {
  2022: `
    ABW BHS CPV CAF TCD COK FLK FRO GUF PYF GRL GRD GLP GUM GNB HTI JAM JOR KIR LSO MAC MDG
    MWI MTQ MRT MSR NPL NCL PRK PSE REU KNA LCA SPM STP LKA SYR UGA UKR
  `,
  2023: `
    AFG ALB DZA ASM AGO ATG BHR BRB BLZ BEN BTN BWA BRN BFA BDI CMR CYM COM COG COD CIV CUB
    DJI DMA GNQ ERI SWZ ETH FJI GAB GMB GHA GTM GIN GUY HND HKG ISL IDN IRQ ISR LAO LBN LBR
    LBY MDV MLI MUS MOZ NAM NRU NIC NER PAN PNG PRY RWA VCT WSM SEN SYC SLE SLB SOM SSD SDN
    SUR TZA TGO TON TTO TKM TCA UZB VUT VEN VGB VIR YEM ZMB ZWE
  `,
};

/** The year of all others. */
const LATEST_YEAR = 2024;

/** `fingerprint` of the table that these years belong to. */
const EDITION = 2132447495;

/** Looks years up; when the table is another edition, whose years nobody states, it knows none. */
export function yearsOf(
  table: Readonly<Record<string, number>>,
): (code: string) => number | undefined {
  if (fingerprint(table) !== EDITION) return () => undefined;
  const years = new Map(
    Object.entries(YEARS).flatMap(([year, codes]) =>
      codes.split(/\s+/).map((code) => [code, Number(year)] as const),
    ),
  );
  return (code) => years.get(code) ?? LATEST_YEAR;
}

/** FNV-1a, 32 bits, over keys and values. */
function fingerprint(table: Readonly<Record<string, number>>): number {
  let hash = 0x811c9dc5;
  for (const letter of Object.entries(table).join()) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash;
}
