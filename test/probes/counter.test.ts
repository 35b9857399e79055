import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCounter, parseCount, shortestWrap } from '../../src/probes/counter.ts';
import type { Outcome } from '../../src/semconv.ts';
import { seconds, watts } from '../../src/units.ts';

const KILOWATT = watts(1000);
const RANGE = 262_143_328_850;

/** Feeds `[time, reading]` pairs and tells the outcomes. */
function run(
  readings: readonly (readonly [number, number | undefined])[],
  limits: { range?: number; maxPower?: number } = { range: RANGE },
) {
  const [first] = readings;
  const counter = createCounter(
    () => ({ range: limits.range, maxPower: watts(limits.maxPower ?? 1000) }),
    seconds(first?.[0] ?? 0),
  );
  const outcomes: Outcome[] = [];
  const totals: number[] = [];
  for (const [time, raw] of readings) {
    outcomes.push(counter.update(raw, seconds(time)));
    totals.push(counter.joules());
  }
  return { counter, outcomes, totals, joules: counter.joules() };
}

it('asks for a range that could not be read again when the counter goes back', () => {
  let range: number | undefined;
  const counter = createCounter(() => ({ range, maxPower: watts(1000) }), seconds(0));
  expect(counter.update(90e6, seconds(0))).toBe('first');
  expect(counter.update(95e6, seconds(1))).toBe('ok');
  range = 1e11;
  expect(counter.update(96e6, seconds(2))).toBe('ok');
  range = 1000e6 + 100e6;
  counter.update(1095e6, seconds(3));
  expect(counter.update(5e6, seconds(4))).toBe('wrapped');
  expect(counter.joules()).toBeCloseTo(1095 - 90 + 10, 9);
});

describe('the counter', () => {
  it('counts from its first reading on', () => {
    const { outcomes, joules } = run([
      [0, 70_000_000],
      [1, 150_000_000],
      [2, 250_000_000],
    ]);
    expect(outcomes).toEqual(['first', 'ok', 'ok']);
    expect(joules).toBe(180);
  });

  it('takes a failed read as a gap, not as zero: the next good one covers it', () => {
    const { outcomes, totals, counter } = run([
      [0, 0],
      [1, 100_000_000],
      [2, undefined],
      [3, 300_000_000],
    ]);
    expect(outcomes).toEqual(['first', 'ok', 'failed', 'ok']);
    expect(totals).toEqual([0, 100, 100, 300]);
    expect(counter.lostSince()).toBeUndefined();
  });

  it('corrects a wrap once, by the range', () => {
    const { outcomes, joules } = run([
      [0, RANGE - 30_000_000],
      [1, 50_000_000],
    ]);
    expect(outcomes).toEqual(['first', 'wrapped']);
    expect(joules).toBe(80);
  });

  it('drops a wrap whose range is not known, and says since when energy is missing', () => {
    const { outcomes, joules, counter } = run(
      [
        [0, RANGE - 30_000_000],
        [1, 50_000_000],
        [2, 130_000_000],
      ],
      {},
    );
    expect(outcomes).toEqual(['first', 'reset', 'ok']);
    expect(joules).toBe(80);
    expect(counter.lostSince()).toBeUndefined();
  });

  it('takes a restart for no wrap: the power of one would be implausible', () => {
    const { outcomes, joules, counter } = run([
      [0, 100_000_000_000],
      [1, 80_000_000],
    ]);
    expect(outcomes).toEqual(['first', 'reset']);
    expect(joules).toBe(0);
    expect(counter.lostSince()).toBe(0);
  });

  it('drops a leap that no package could have made', () => {
    const { outcomes, totals } = run([
      [0, 0],
      [1, 5_000_000_000],
      [2, 5_080_000_000],
    ]);
    expect(outcomes).toEqual(['first', 'implausible', 'ok']);
    expect(totals).toEqual([0, 0, 80]);
  });

  it.each([80_000_000, RANGE - 1, 0])(
    'drops any difference after a gap in which it can have wrapped unseen (now %d)',
    (raw) => {
      const { outcomes, joules, counter } = run([
        [0, 40_000_000],
        [263, raw],
      ]);
      expect(outcomes).toEqual(['first', 'implausible']);
      expect(joules).toBe(0);
      expect(counter.lostSince()).toBe(0);
    },
  );

  it('asks for a range that it could not have when such a gap has passed', () => {
    let range: number | undefined;
    const counter = createCounter(() => ({ range, maxPower: watts(1000) }), seconds(0));
    counter.update(0, seconds(0));
    counter.update(1_000_000, seconds(1));
    range = RANGE;
    expect(counter.update(RANGE / 2, seconds(400))).toBe('implausible');
    expect(counter.joules()).toBe(1);
  });

  it('loses nothing by a late tick within that time', () => {
    const { outcomes, joules } = run([
      [0, 0],
      [250, 200_000_000_000],
    ]);
    expect(outcomes).toEqual(['first', 'ok']);
    expect(joules).toBe(200_000);
  });

  it('starts anew when reads failed for more than 10 s', () => {
    const { outcomes, totals, counter } = run([
      [0, 0],
      [1, 100_000_000],
      [5, undefined],
      [11.5, undefined],
      [12, 900_000_000],
      [13, 1_000_000_000],
    ]);
    expect(outcomes).toEqual(['first', 'ok', 'failed', 'failed', 'first', 'ok']);
    expect(totals.at(-1)).toBe(200);
    expect(counter.measuredUntil()).toBe(13);
  });

  it('covers a gap up to 10 s, and one in which nobody read', () => {
    expect(
      run([
        [0, 0],
        [10, undefined],
        [10.5, 500_000_000],
      ]).joules,
    ).toBe(500);
    expect(
      run([
        [0, 0],
        [60, 500_000_000],
      ]).joules,
    ).toBe(500);
  });

  it('tells what is lost while reads fail, from the last good one on', () => {
    const { counter } = run([
      [0, 0],
      [3, 0],
      [5, undefined],
    ]);
    expect(counter.lostSince()).toBeUndefined();
    counter.update(undefined, seconds(14));
    expect(counter.lostSince()).toBe(3);
    counter.coverGap(seconds(14));
    counter.update(undefined, seconds(15));
    expect(counter.lostSince()).toBe(14);
  });

  it('counts at once what a step of the counter brings a moment after a reading', () => {
    // 20 J of the last 100 ms, seen 16 ms after the reading before, look like 1.25 kW. None may follow.
    const { outcomes, joules, counter } = run([
      [0, 0],
      [1, 100_000_000],
      [1.016, 120_000_000],
    ]);
    expect(outcomes).toEqual(['first', 'ok', 'ok']);
    expect(joules).toBe(120);
    expect(counter.measuredUntil()).toBe(1.016);
  });

  it('counts no more of such steps than the power of the time that has passed', () => {
    const steps = Array.from({ length: 201 }, (_, step) => [step / 1000, 90e6 * step] as const);
    const { outcomes, joules } = run(steps);
    expect(joules).toBeLessThanOrEqual(1000 * (0.2 + 0.1));
    expect(outcomes).toContain('implausible');
  });

  it('loses nothing to an interval too short to judge', () => {
    // 2 ms of energy at 100 W seen 50 µs after the last reading look like 4 kW.
    const { outcomes, totals } = run([
      [0, 0],
      [1, 100_000_000],
      [1.00005, 100_200_000],
      [1.002, 100_200_000],
      [2, 200_000_000],
    ]);
    expect(outcomes).toEqual(['first', 'ok', 'ok', 'ok', 'ok']);
    expect(totals.at(-1)).toBe(200);
  });

  it('leaves an interval too short to judge to the next reading', () => {
    const { outcomes, totals } = run([
      [0, 0],
      [1, 100_000_000],
      [1.00005, 201_000_000],
      [1.05, 201_000_000],
      [2, 301_000_000],
    ]);
    expect(outcomes).toEqual(['first', 'ok', 'ok', 'ok', 'ok']);
    expect(totals).toEqual([0, 100, 100, 100, 301]);
  });

  it('does not go back with a clock that does', () => {
    const { joules } = run([
      [10, 0],
      [9, 100_000_000],
      [11, 100_000_000],
    ]);
    expect(joules).toBe(100);
  });

  it('counts in the unit of its counter', () => {
    const counter = createCounter(() => ({ maxPower: KILOWATT, countsPerJoule: 1000 }), seconds(0));
    counter.update(5000, seconds(0));
    counter.update(305_000, seconds(1));
    expect(counter.joules()).toBe(300);
  });
});

describe('parseCount', () => {
  it.each([
    ['0\n', 0],
    ['262143328850\n', 262_143_328_850],
    ['  42', 42],
    ['18446744073709551615\n', 2 ** 64],
  ])('reads %j', (text, count) => expect(parseCount(text)).toBe(count));

  it.each(['', '\n', '-5', '12abc', 'NaN', '1.5', '1e9', '0x10', 'Infinity', '9'.repeat(40)])(
    'takes %j for a failed read',
    (text) => expect(parseCount(text)).toBeUndefined(),
  );
});

describe('the shortest time in which a counter can wrap', () => {
  it('is its range at full power', () => {
    expect(shortestWrap({ range: 65_532_610_987, maxPower: KILOWATT })).toBeCloseTo(65.53, 2);
    expect(
      shortestWrap({ range: 262_143_328, maxPower: KILOWATT, countsPerJoule: 1e3 }),
    ).toBeCloseTo(262.14, 2);
  });

  it.each([undefined, 0, 1, 999_000_000])('is unknown for the range %s', (range) => {
    expect(shortestWrap({ range, maxPower: KILOWATT })).toBeUndefined();
  });
});

/** Steps of a true signal: µJ gained, ms passed, and whether the read fails. */
const steps = fc.array(
  fc
    .record({
      milliseconds: fc.integer({ min: 1, max: 9_000 }),
      load: fc.double({ min: 0, max: 1, noNaN: true }),
      fails: fc.boolean(),
    })
    .map(({ milliseconds, load, fails }) => ({
      milliseconds,
      fails,
      energy: Math.floor(milliseconds * 1000 * load * 999),
    })),
  { maxLength: 200 },
);

describe('for every energy, every sampling and every pattern of failed reads', () => {
  it('the total is the truth from the first good reading to the last, to the microjoule', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 65_532_610_986 }), (signal, start) => {
        const range = 65_532_610_987;
        const counter = createCounter(() => ({ range, maxPower: KILOWATT }), seconds(0));
        let truth = start;
        let time = 0;
        let lastGood = 0;
        counter.update(start, seconds(0));
        let goodTruth = start;
        let before = 0;
        for (const { milliseconds, energy, fails } of signal) {
          time += milliseconds;
          truth += energy;
          // Reads fail for 10 s at most, else the rule of ten seconds applies.
          const read = !fails || time - lastGood > 10_000;
          counter.update(read ? truth % range : undefined, seconds(time / 1000));
          if (read) {
            lastGood = time;
            goodTruth = truth;
          }
          expect(counter.joules()).toBeGreaterThanOrEqual(before);
          before = counter.joules();
        }
        // What came within 0.1 s may wait for the reading that follows.
        time += 200;
        counter.update(goodTruth % range, seconds(time / 1000));
        expect(Math.round(counter.joules() * 1e6)).toBe(goodTruth - start);
      }),
      { numRuns: 500 },
    );
  });
});

describe('for every garbage', () => {
  it('the total never decreases and never exceeds full power', () => {
    const garbage = fc.oneof(
      fc.integer({ min: 0, max: 300_000_000_000 }),
      fc.constant(undefined),
      fc.double(),
      fc.constantFrom(-1, Number.NaN, Infinity, -Infinity, 2 ** 64),
    );
    const reading = fc.tuple(fc.integer({ min: 0, max: 40_000 }), garbage);
    const range = fc.option(fc.constantFrom(0, 1, 65_532_610_987, RANGE), { nil: undefined });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 100 }), range, (readings, knownRange) => {
        const counter = createCounter(
          () => ({ range: knownRange, maxPower: KILOWATT }),
          seconds(0),
        );
        let time = 0;
        let before = 0;
        for (const [pause, raw] of readings) {
          time += pause / 1000;
          counter.update(raw, seconds(time));
          expect(counter.joules()).toBeGreaterThanOrEqual(before);
          before = counter.joules();
          expect(before).toBeLessThanOrEqual(1000 * time * (1 + 1e-9));
        }
      }),
      { numRuns: 500 },
    );
  });
});
