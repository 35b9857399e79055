import { describe, expect, it } from 'vitest';
import { main } from '../../src/cli/program.ts';
import { OPTIONS } from '../../src/options/index.ts';
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
    [
      ['monitor', 'python', 'train.py', '--epochs', '3'],
      /^error: there is no '--' before the command; write: codecarbon-otel monitor -- python train\.py --epochs 3\n/,
    ],
    [
      ['monitor', '--pue', '2', 'sleep', '1'],
      /write: codecarbon-otel monitor --pue 2 -- sleep 1\n/,
    ],
    [['--', 'echo', 'a b', "it's"], /Write: codecarbon-otel monitor -- echo 'a b' 'it'\\''s'\n/],
    [['--json', '--', 'true'], /Write: codecarbon-otel monitor --json -- true\n/],
    [['monitor', '--'], /there is no command after '--'/],
    [['monitor', '--', ' '], /the command after '--' is empty/],
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

it('a part of a key is enough for a hint', async () => {
  const { err } = await run(['detect'], { CODECARBON_CONTRY: 'FRA' });
  expect(err).toMatch(/CODECARBON_CONTRY: no such setting; .* Did you mean country_iso_code\?/);
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

  it('detect --help has only flags that change what is found', async () => {
    const { out } = await run(['detect', '--help']);
    const flags = [...out.matchAll(/^ +(--[a-z0-9-]+)/gm)].map(([, flag]) => flag);
    expect(flags).toContain('--country-iso-code');
    expect(flags).toContain('--force-cpu-power');
    expect(flags).toContain('--json');
    expect(
      flags.filter((flag) => /duration|port|output|csv|save|prometheus|pue/.test(flag ?? '')),
    ).toEqual([]);
  });

  it('says of every secret that the variable is the better place', async () => {
    const { out } = await run(['monitor', '--help']);
    const text = out.replace(/\s+/g, ' ');
    for (const key of ['API_KEY', 'LOGFIRE_TOKEN', 'PROMETHEUS_PASSWORD', 'HTTP_HMAC_SECRET']) {
      expect(text).toContain(`better set as CODECARBON_${key}: lists of processes show flags`);
    }
  });

  it('has no default that reads as a word of the sentence', async () => {
    const { out } = await run(['monitor', '--help']);
    expect(out).not.toContain('default default');
    expect(out).toMatch(/write the CSV file\s+\(default\s+true\)/);
  });
});
