import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmissionsExporter, EmissionsTracker, OfflineEmissionsTracker } from '../../src/index.ts';
import type { EmissionsRecord } from '../../src/record/index.ts';

class Kept extends EmissionsExporter {
  readonly records: EmissionsRecord[] = [];
  protected override write(record: EmissionsRecord): void {
    this.records.push(record);
  }
}

let outputDir: string;

beforeEach(() => {
  outputDir = mkdtempSync(join(tmpdir(), 'tracker-'));
});
afterEach(() => rmSync(outputDir, { recursive: true, force: true }));

const tracker = (options = {}) =>
  new OfflineEmissionsTracker({ countryIsoCode: 'USA', outputDir, ...options });

describe('a tracker', () => {
  it('gives the record that it has written to emissions.csv', async () => {
    const tracked = tracker({ projectName: 'p' });
    tracked.start();
    const record = await tracked.stop();
    const [header = '', row = ''] = readFileSync(join(outputDir, 'emissions.csv'), 'utf8').split(
      '\n',
    );
    const cells = Object.fromEntries(
      header.split(',').map((name, index) => [name, row.split(',')[index]]),
    );
    expect(record).toMatchObject({ project_name: 'p', country_iso_code: 'USA' });
    expect(cells.run_id).toBe(record.run_id);
    expect(Number(cells.energy_consumed)).toBe(record.energy_consumed);
    expect(Number(cells.emissions)).toBe(record.emissions);
    expect(record.emissions).toBeGreaterThan(0);
  });

  it('can be stopped twice, and gives the same record', async () => {
    const tracked = tracker();
    tracked.start();
    const first = await tracked.stop();
    expect(await tracked.stop()).toBe(first);
    expect(readFileSync(join(outputDir, 'emissions.csv'), 'utf8').trim().split('\n')).toHaveLength(
      2,
    );
  });

  it('writes at a flush and goes on', async () => {
    const tracked = tracker();
    tracked.start();
    const flushed = await tracked.flush();
    expect(existsSync(join(outputDir, 'emissions.csv'))).toBe(true);
    const ended = await tracked.stop();
    expect(ended.run_id).toBe(flushed.run_id);
    expect(ended.duration).toBeGreaterThan(flushed.duration ?? Number.NaN);
  });

  it('writes to outputs of one’s own, and to no file when that is not wanted', async () => {
    const own = new Kept();
    const tracked = tracker({ saveToFile: false, outputHandlers: [own] });
    tracked.start();
    const record = await tracked.stop();
    expect(own.records.at(-1)).toEqual(record);
    expect(existsSync(join(outputDir, 'emissions.csv'))).toBe(false);
  });

  it('leaves another tracker in the process alone', async () => {
    const one = tracker({ projectName: 'one' });
    const other = tracker({ projectName: 'other' });
    one.start();
    other.start();
    const [first, second] = await Promise.all([one.stop(), other.stop()]);
    expect([first.project_name, second.project_name]).toEqual(['one', 'other']);
    expect(first.run_id).not.toBe(second.run_id);
    expect(readFileSync(join(outputDir, 'emissions.csv'), 'utf8').trim().split('\n')).toHaveLength(
      3,
    );
  });

  it('refuses what is wrong at once', () => {
    expect(() => tracker({ pue: -1 })).toThrow('pue: -1 is not valid');
    expect(() => tracker({ projektName: 'p' })).toThrow('Did you mean projectName?');
    expect(() => tracker({ countryIsoCode: 'FRX' }).start()).toThrow('Did you mean FRA');
    expect(() => new OfflineEmissionsTracker({ outputDir })).toThrow('countryIsoCode');
    expect(() => tracker({ outputMethods: ['csv', 'cvs'] })).toThrow('outputMethods');
  });

  it('says that it was not started', async () => {
    await expect(new EmissionsTracker({ outputDir }).stop()).rejects.toThrow(
      'has not been started',
    );
  });

  it('measures nothing where OpenTelemetry is switched off', async () => {
    process.env.OTEL_SDK_DISABLED = 'true';
    try {
      const tracked = tracker({ projectName: 'p' });
      tracked.start();
      expect(await tracked.stop()).toMatchObject({ project_name: 'p', energy_consumed: undefined });
    } finally {
      delete process.env.OTEL_SDK_DISABLED;
    }
  });
});
