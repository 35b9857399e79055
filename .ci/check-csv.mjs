// node check-csv.mjs <file> <rows>: an emissions.csv with CodeCarbon's columns and plausible figures.
import { readFileSync } from 'node:fs';

const COLUMNS =
  'timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,tracking_mode,cpu_utilization_percent,gpu_utilization_percent,ram_utilization_percent,ram_used_gb,on_cloud,pue,wue';

const [file = '', wanted = ''] = process.argv.slice(2);
const [header, ...rows] = readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);

check(header === COLUMNS, `header: ${header}`);
check(rows.length === Number(wanted), `${rows.length} rows, not ${wanted}`);
for (const row of rows) {
  const cells = fields(row);
  const value = (name) => Number(cells[COLUMNS.split(',').indexOf(name)]);
  check(cells.length === COLUMNS.split(',').length, `columns: ${row}`);
  check(value('duration') > 0.5 && value('energy_consumed') > 0, `nothing measured: ${row}`);
  const parts = value('cpu_energy') + value('gpu_energy') + value('ram_energy');
  check(Math.abs(parts / value('energy_consumed') - 1) < 1e-6, `not the sum of its parts: ${row}`);
}
console.log(`${file}: ${rows.length} row(s) as they should be`);

function fields(row) {
  return [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted ?? plain,
  );
}

function check(holds, message) {
  if (holds) return;
  console.error(message);
  process.exit(1);
}
