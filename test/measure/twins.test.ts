import fc from 'fast-check';
import { expect, it } from 'vitest';
import { startRun } from '../../src/measure/index.ts';
import { counterOf, INTEL_RANGE, powercapTree } from '../../src/probes/rapl/fixture.ts';
import { raplProbe } from '../../src/probes/rapl/index.ts';
import { seconds } from '../../src/units.ts';
import { fixtureHost } from '../support/fixture-host.ts';

const TWINS = ['intel-rapl:0', 'intel-rapl-mmio:0'] as const;
const FATES = ['counts', 'counts', 'EIO', 'garbage', 'begins anew'] as const;
const WATTS = 80;

it('twin counters never count twice and hide no loss, whatever happens to either', () => {
  const fate = fc.constantFrom(...FATES);
  const step = fc.record({
    time: fc.integer({ min: 1, max: 25 }),
    fates: fc.tuple(fate, fate),
    isCollected: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      const zone = { name: 'package-0', energy: 2e11, range: INTEL_RANGE };
      const files = powercapTree(Object.fromEntries(TWINS.map((id) => [id, zone])));
      const host = fixtureHost({ files });
      const log = { warn: () => {}, info: () => {}, debug: () => {} };
      const measurePowerSecs = seconds(1);
      const run = startRun({ host, probes: [raplProbe], options: {}, measurePowerSecs, log });
      const counts = TWINS.map(() => 2e11);
      const pass = (fates: (typeof steps)[number]['fates']): void => {
        for (const [index, id] of TWINS.entries()) {
          counts[index] = (counts[index] ?? 0) + WATTS * 1e6;
          if (fates[index] === 'EIO') host.fail(counterOf(id), 'EIO');
          else host.write(counterOf(id), fates[index] === 'garbage' ? 'x' : `${counts[index]}\n`);
        }
        host.clock.advance(1);
      };
      for (const { time, fates, isCollected } of steps) {
        // Further down than a run counts: one that passes its old value unseen cannot be told from one that counted.
        for (const [index, fate] of fates.entries()) {
          if (fate === 'begins anew') counts[index] = (counts[index] ?? 0) - 2e10;
        }
        for (let second = 0; second < time; second += 1) pass(fates);
        if (isCollected) run.snapshot();
      }
      run.pause();
      const { energy, unmeasured, duration } = run.snapshot();
      const counted = energy.reduce((sum, { joules }) => sum + joules, 0);
      const missing = unmeasured.find(({ component }) => component === 'cpu')?.seconds ?? 0;
      expect(counted).toBeLessThanOrEqual(WATTS * duration + 1e-6);
      expect(counted + WATTS * missing).toBeGreaterThanOrEqual(WATTS * duration - 1e-6);
    }),
    { numRuns: 500 },
  );
});
