import { describe, expect, it } from 'vitest';
import { main } from '../../src/cli/program.ts';
import { OPTIONS } from '../../src/options.ts';
import { VERSION } from '../../src/version.ts';
import { fakeIo } from './fake-io.ts';

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const io = fakeIo({ env });
  const code = await main(args, io);
  return { code, out: io.out(), err: io.err() };
}

describe('what cannot be meant: exit 2, on stderr, with the nearest right word', () => {
  it.each<[args: string[], message: RegExp]>([
    [[], /Usage: codecarbon-otel/],
    [['monitr'], /unknown command 'monitr'\n\(Did you mean monitor\?\)/],
    [
      ['monitor', '--country-iso-cod', 'FRA'],
      /--country-iso-cod'\n\(Did you mean --country-iso-code\?\)/,
    ],
    [['monitor', '--pue'], /option '--pue <value>' argument missing/],
    [['monitor', '--pue', '0.5'], /^error: --pue: "0.5" is not valid; allowed: a number >= 1\.\n$/],
    [['monitor', '--pue', '-1'], /--pue: "-1" is not valid/],
    [['monitor', '--pue', 'NaN'], /--pue: "NaN" is not valid/],
    [['monitor', '--json', 'maybe'], /--json: "maybe" is not valid; allowed: true or false/],
    [['monitor', '--tracking-mode', 'proces'], /--tracking-mode: "proces" is not valid/],
    [['monitor', '--on-csv-write', 'updat'], /Did you mean "update"\?/],
    [['monitor', '--country-iso-code', 'FRX'], /^error: --country-iso-code: "FRX".*\n$/],
    [['monitor', '--prometheus-port', '70000'], /allowed: a port from 1 to 65535/],
    [['monitor', 'sleep', '1'], /too many arguments/],
    [['monitor', '--'], /there is no command after '--'/],
    [['monitor', '--duration', '3', '--', 'true'], /--duration: a command is measured/],
    [['detect', '--', 'true'], /detect takes no command/],
    [['detect', '--country-iso-code', 'FRX'], /^error: --country-iso-code: "FRX"/],
  ])('%j', async (args, message) => {
    const { code, out, err } = await run(args);
    expect(err).toMatch(message);
    expect([code, out]).toEqual([2, '']);
  });

  it('names a variable as the user wrote it', async () => {
    const { code, err } = await run(['detect'], { codecarbon_pue: 'x' });
    expect([code, err]).toEqual([
      2,
      'error: codecarbon_pue: "x" is not valid; allowed: a number >= 1.\n',
    ]);
  });

  it('names a variable whose value only the place knows to be wrong', async () => {
    const { code, err } = await run(['detect'], { CODECARBON_COUNTRY_ISO_CODE: 'FRX' });
    expect(code).toBe(2);
    expect(err).toMatch(/^error: CODECARBON_COUNTRY_ISO_CODE: "FRX"/);
  });
});

describe('help and version', () => {
  it('--version prints the version of the package', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, out: `${VERSION}\n`, err: '' });
  });

  it('--help names the commands', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/monitor[\s\S]*detect/);
  });

  it('monitor --help has a flag for every option, which is its key in kebab-case', async () => {
    const { code, out } = await run(['monitor', '--help']);
    expect(code).toBe(0);
    for (const { key } of Object.values(OPTIONS)) {
      expect(out).toContain(`  --${key.replaceAll('_', '-')} `);
    }
  });
});
