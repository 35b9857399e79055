import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCounter } from '../../src/probes/counter.ts';
import { createLosses } from '../../src/probes/losses.ts';
import { createSum } from '../../src/probes/summed.ts';
import { seconds, watts } from '../../src/units.ts';

describe('losses', () => {
  it('counts overlapping intervals once', () => {
    const losses = createLosses();
    losses.add(seconds(100), seconds(110));
    losses.add(seconds(95), seconds(112));
    losses.add(seconds(105), seconds(111));
    expect(losses.total()).toBe(17);
    losses.add(seconds(112), seconds(113));
    losses.add(seconds(120), seconds(121));
    expect(losses.total()).toBe(19);
  });

  it('agrees with counting second by second, and never decreases', () => {
    const interval = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 60 }), (intervals) => {
        const losses = createLosses();
        const missing = new Set<number>();
        let before = 0;
        let now = 12;
        for (const [length, pause] of intervals) {
          now += pause;
          losses.add(seconds(now - length), seconds(now));
          for (let second = now - length; second < now; second += 1) missing.add(second);
          expect(losses.total()).toBeGreaterThanOrEqual(before);
          before = losses.total();
        }
        expect(losses.total()).toBe(missing.size);
      }),
    );
  });
});

/** Counters of `powers` watts; `fails` and `resets` say what befalls each in each second. */
function simulate(powers: readonly number[]) {
  const raw = powers.map(() => 90_000_000_000_000);
  const counters = powers.map(() => createCounter(() => ({ maxPower: watts(1000) }), seconds(0)));
  const sum = createSum(() => counters);
  let time = 0;
  const read = (failing: readonly number[] = []): void => {
    counters.forEach((counter, index) => {
      counter.update(failing.includes(index) ? undefined : raw[index], seconds(time));
    });
    sum.update(seconds(time));
  };
  read();
  return {
    sum,
    /** It begins again 200 kJ lower: visible, however long reads fail. */
    reset: (index: number) => {
      raw[index] = (raw[index] ?? 0) - 200e9;
    },
    second: (failing: readonly number[] = []) => {
      time += 1;
      powers.forEach((power, index) => {
        raw[index] = (raw[index] ?? 0) + power * 1e6;
      });
      read(failing);
    },
  };
}

describe('a sum of counters', () => {
  it('goes on while one delivers; a short gap of the other is covered', () => {
    const { sum, second } = simulate([100, 50]);
    for (let index = 0; index < 5; index += 1) second([1]);
    expect([sum.joules(), sum.lost(), sum.measuredUntil()]).toEqual([500, 0, 5]);
    second();
    expect([sum.joules(), sum.lost(), sum.measuredUntil()]).toEqual([900, 0, 6]);
  });

  it('counts as lost, live, what one misses for more than 10 s', () => {
    const { sum, second } = simulate([100, 50]);
    for (let index = 0; index < 10; index += 1) second([1]);
    expect(sum.lost()).toBe(0);
    second([1]);
    expect(sum.lost()).toBe(11);
    second([1]);
    expect(sum.lost()).toBe(12);
    second();
    expect(sum.lost()).toBe(13);
    second();
    expect([sum.joules(), sum.lost()]).toEqual([1450, 13]);
  });

  it('stands still while none delivers, and counts nothing as lost: somebody else covers it', () => {
    const { sum, second } = simulate([100, 50]);
    second();
    for (let index = 0; index < 20; index += 1) second([0, 1]);
    expect([sum.joules(), sum.lost(), sum.measuredUntil()]).toEqual([150, 0, 1]);
    second();
    expect([sum.joules(), sum.lost(), sum.measuredUntil()]).toEqual([150, 0, 22]);
    second();
    expect([sum.joules(), sum.lost()]).toEqual([300, 0]);
  });

  it('counts what one misses only from the time at which the others are back', () => {
    const { sum, second } = simulate([100, 50]);
    for (let index = 0; index < 20; index += 1) second([0, 1]);
    second([1]);
    expect(sum.lost()).toBe(0);
    second([1]);
    expect(sum.lost()).toBe(1);
  });

  it('loses the interval of a reset at once', () => {
    const { sum, second, reset } = simulate([100]);
    second();
    reset(0);
    second();
    second();
    expect([sum.joules(), sum.lost()]).toEqual([200, 1]);
  });

  it('of one counter: energy is power times the time that was not lost, whatever happens', () => {
    const good = fc.constant('good');
    const event = fc.oneof(
      good,
      fc.constant('reset'),
      fc.integer({ min: 1, max: 9 }).map((count) => 'failed '.repeat(count).trim()),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 100 }), (events) => {
        const { sum, second, reset } = simulate([100]);
        for (const what of events) {
          if (what === 'reset') reset(0);
          const failures = what.startsWith('failed') ? what.split(' ') : [];
          for (const _ of failures) second([0]);
          second();
        }
        expect(sum.joules()).toBeCloseTo(100 * ((sum.measuredUntil() ?? 0) - sum.lost()), 6);
      }),
    );
  });
});
