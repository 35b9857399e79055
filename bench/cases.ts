import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Runs one program of `cases/` in a process of its own, on a simulated sysfs; gives back the line of JSON it prints. */
export async function runCase<Figures>(
  sys: string,
  name: string,
  args: readonly string[] = [],
): Promise<Figures> {
  const program = join('bench/cases', `${name}.mjs`);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', program, ...args],
    { env: { ...process.env, HOST_SYS: sys }, maxBuffer: 1e8 },
  );
  return JSON.parse(stdout) as Figures;
}

/** The same several times, one after the other. */
export async function repeatCase<Figures>(
  times: number,
  ...call: Parameters<typeof runCase>
): Promise<readonly Figures[]> {
  const rows: Figures[] = [];
  for (let round = 0; round < times; round += 1) rows.push(await runCase<Figures>(...call));
  return rows;
}
