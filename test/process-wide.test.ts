import { afterEach, describe, expect, it, vi } from 'vitest';
import { processWide } from '../src/process-wide.ts';

afterEach(() => {
  vi.resetModules();
});

/** Loads a module a second time, as a program does that mixes `import` and `require`. */
function anotherCopy<Module>(load: () => Promise<Module>): Promise<Module> {
  vi.resetModules();
  return load();
}

describe('a process-wide value', () => {
  it('is made once, by whoever asks first', () => {
    const first = processWide('test.once', () => ({ by: 'first' }));
    expect(processWide('test.once', () => ({ by: 'second' }))).toBe(first);
    expect(first.by).toBe('first');
    expect(processWide('test.other', () => ({}))).not.toBe(first);
  });

  it('is the same for two copies of this package', async () => {
    const copy = await anotherCopy(() => import('../src/process-wide.ts'));
    expect(copy.processWide).not.toBe(processWide);
    const own = processWide('test.copies', () => []);
    expect(copy.processWide('test.copies', () => [])).toBe(own);
  });
});

describe('two copies of this package', () => {
  it('see the totals that either announces', async () => {
    const one = await import('../src/emissions/totals.ts');
    const other = await anotherCopy(() => import('../src/emissions/totals.ts'));
    const { kilowattHours } = await import('../src/units.ts');
    const source = {
      projectName: 'copies',
      scope: 'machine' as const,
      runId: 'r',
      energyConsumed: () => kilowattHours(1),
    };
    const withdraw = one.announceTotals(source);
    expect(other.findTotals('copies', 'machine')).toBe(source);
    withdraw();
    expect(other.findTotals('copies', 'machine')).toBeUndefined();
  });

  it('count the overhead of both once', async () => {
    const one = await import('../src/overhead.ts');
    const other = await anotherCopy(() => import('../src/overhead.ts'));
    const before = one.overheadCpuTime();
    let inner = 0;
    one.countOverhead(() => {
      other.countOverhead(spin);
      // Counted when the outermost piece of work ends, and not before.
      inner = other.overheadCpuTime() - before;
    });
    expect(inner).toBe(0);
    expect(one.overheadCpuTime()).toBeGreaterThan(before);
    expect(other.overheadCpuTime()).toBe(one.overheadCpuTime());
  });

  it('count the exports of both', async () => {
    const one = await import('../src/export-counts.ts');
    const other = await anotherCopy(() => import('../src/export-counts.ts'));
    one.countExports('copies').failed();
    other.countExports('copies').failed();
    const count = { exporter: 'copies', failures: 2, pending: 0 };
    expect(one.exportCounts()).toContainEqual(count);
    expect(other.exportCounts()).toContainEqual(count);
  });
});

/** Uses some milliseconds of CPU. */
function spin(): void {
  let sum = 0;
  for (let step = 0; step < 5e6; step += 1) sum += Math.sqrt(step);
  expect(sum).toBeGreaterThan(0);
}
