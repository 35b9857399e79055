// Writes src/intensity/country/table.ts from the averages of `@tgwf/co2` and the years that its repository states
// (data/output/average-intensities.json). Run it after an update of `@tgwf/co2`, and mend the years below:
//   node scripts/country-table.mjs
import { writeFileSync } from 'node:fs';
import { averageIntensity } from '@tgwf/co2/data';

const LATEST_YEAR = 2024;
/** Countries whose latest figure is older. */
const YEARS = {
  2022: `ABW BHS CPV CAF TCD COK FLK FRO GUF PYF GRL GRD GLP GUM GNB HTI JAM JOR KIR LSO MAC MDG MWI MTQ MRT MSR
    NPL NCL PRK PSE REU KNA LCA SPM STP LKA SYR UGA UKR`,
  2023: `AFG ALB DZA ASM AGO ATG BHR BRB BLZ BEN BTN BWA BRN BFA BDI CMR CYM COM COG COD CIV CUB DJI DMA GNQ ERI
    SWZ ETH FJI GAB GMB GHA GTM GIN GUY HND HKG ISL IDN IRQ ISR LAO LBN LBR LBY MDV MLI MUS MOZ NAM NRU NIC NER
    PAN PNG PRY RWA VCT WSM SEN SYC SLE SLB SOM SSD SDN SUR TZA TGO TON TTO TKM TCA UZB VUT VEN VGB VIR YEM ZMB
    ZWE`,
};
const yearOf = new Map(
  Object.entries(YEARS).flatMap(([year, codes]) => codes.split(/\s+/).map((code) => [code, year])),
);
const lines = Object.entries(averageIntensity.data)
  .filter(([code, grams]) => /^[A-Z]{3}$/.test(code) && grams > 0)
  .map(([code, grams]) => `${code} ${grams} ${yearOf.get(code) ?? LATEST_YEAR}`);
writeFileSync(
  'src/intensity/country/table.ts',
  `/**
 * Carbon intensity of electricity by country: code, g/kWh over the life cycle, year. Yearly averages of Ember
 * (https://ember-energy.org, CC BY-SA 4.0), as @tgwf/co2 0.19.0 of the Green Web Foundation republishes them.
 * Written by scripts/country-table.mjs; a test compares it with that package. Without the one zero of the table,
 * CAF: 0.15 TWh of water power whose emissions are rounded away is a gap, since water power alone counts about
 * 24 g/kWh.
 */
export const COUNTRY_TABLE = \`
${lines.join('\n')}
\`;
`,
);
console.log(`${lines.length} countries`);
