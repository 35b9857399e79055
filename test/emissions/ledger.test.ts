import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  announceTotals,
  type EnergyPoint,
  type Entry,
  openLedger,
  type Pricing,
  type TotalsSource,
} from '../../src/emissions/index.ts';
import { startTimeline } from '../../src/emissions/timeline.ts';
import { gramsPerKilowattHour, kilowattHours, litresPerKilowattHour } from '../../src/units.ts';

const intensity = (grams: number) => ({
  gramsPerKilowattHour: gramsPerKilowattHour(grams),
  source: 'test',
});

const SERIES = { project_name: 'p', scope: 'machine' };

interface Step {
  readonly seconds: number;
  readonly kilowattHours: number;
  readonly grams: number | undefined;
}

/** A step of time with an energy; where `grams` is given a new intensity is in force after it. */
const step: fc.Arbitrary<Step> = fc.record({
  seconds: fc.integer({ min: 1, max: 3600 }),
  kilowattHours: fc.double({ min: 0, max: 10, noNaN: true }),
  grams: fc.option(fc.double({ min: 0, max: 1500, noNaN: true }), { nil: undefined }),
});

const withdraw: (() => void)[] = [];
afterEach(() => {
  for (const stop of withdraw.splice(0)) stop();
});

/** A source whose total a test sets. */
function source() {
  const totals = { total: 0 };
  const announced: TotalsSource = {
    projectName: 'p',
    scope: 'machine',
    runId: 'r',
    energyConsumed: () => kilowattHours(totals.total),
  };
  withdraw.push(announceTotals(announced));
  return { totals, announced };
}

const isEntry = (booked: ReturnType<ReturnType<typeof openLedger>['book']>): booked is Entry =>
  booked !== undefined && !('why' in booked);

describe('the ledger, at any collection times, temporality and order', () => {
  /** Replays steps; collects after those that `collects` says, in the order that `swap` says. */
  function replay(
    steps: readonly Step[],
    collects: readonly boolean[],
    cumulative: boolean,
    swap: boolean,
  ) {
    const { totals, announced } = source();
    const timeline = startTimeline(intensity(500));
    const pricing: Pricing = {
      timeline,
      totals: announced,
      wue: litresPerKilowattHour(2),
      pue: 1.25,
    };
    const ledger = openLedger(0);
    let now = 0;
    let lastRead = { total: 0, millis: 0 };
    let direct = 0;
    let grams = 500;
    let pending: EnergyPoint[] = [];
    const intervals: number[] = [];
    let latest: Entry | undefined;
    const book = (point: EnergyPoint): void => {
      const booked = ledger.book('', point, SERIES, pricing);
      if (!isEntry(booked)) return;
      intervals.push(booked.interval.emissions);
      latest = booked;
    };
    steps.forEach((each, index) => {
      now += each.seconds * 1000;
      totals.total += each.kilowattHours;
      direct += each.kilowattHours * grams;
      if (collects[index % collects.length] || index === steps.length - 1) {
        const energy = cumulative ? totals.total : totals.total - lastRead.total;
        pending.push({
          cumulative,
          energy: kilowattHours(energy),
          startMillis: cumulative ? 0 : lastRead.millis,
          endMillis: now,
        });
        lastRead = { total: totals.total, millis: now };
        if (pending.length === (swap ? 2 : 1) || index === steps.length - 1) {
          for (const point of pending.reverse()) book(point);
          pending = [];
        }
      }
      if (each.grams !== undefined) {
        grams = each.grams;
        timeline.change(intensity(grams), now);
      }
    });
    return { direct: direct / 1000, intervals, latest, energy: totals.total };
  }

  it.each([
    [true, false],
    [true, true],
    [false, false],
    [false, true],
  ])('adds up to the integral (cumulative %s, out of order %s)', (cumulative, swap) => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 60 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        (steps, collects) => {
          const { direct, latest, energy, intervals } = replay(steps, collects, cumulative, swap);
          expect(latest?.total.emissions).toBeCloseTo(direct, 9);
          expect(latest?.total.water).toBeCloseTo((energy * 2) / 1.25, 9);
          if (!(cumulative && swap)) {
            expect(intervals.reduce((sum, part) => sum + part, 0)).toBeCloseTo(direct, 9);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('two readers with different periods agree to 1e-9, whatever varies', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 2, maxLength: 60 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        (steps, often, seldom) => {
          const one = replay(steps, often, true, false).latest?.total.emissions ?? 0;
          const other = replay(steps, seldom, false, false).latest?.total.emissions ?? 0;
          // Numbers near the least that there is do not have nine digits.
          const tolerance = Math.max(1e-300, 1e-9 * Math.max(one, other));
          expect(Math.abs(one - other)).toBeLessThanOrEqual(tolerance);
        },
      ),
    );
  });
});

describe('the ledger', () => {
  const pricing: Pricing = {
    timeline: startTimeline(intensity(1000)),
    wue: litresPerKilowattHour(0),
    pue: 1,
  };
  const total = (energy: number, endMillis: number): EnergyPoint => ({
    cumulative: true,
    energy: kilowattHours(energy),
    startMillis: 0,
    endMillis,
  });
  const emissions = (booked: ReturnType<ReturnType<typeof openLedger>['book']>) =>
    isEntry(booked) ? booked.total.emissions : booked;

  it('an older total is ignored, and the last entry stands', () => {
    const ledger = openLedger(0);
    ledger.book('', total(5, 2000), SERIES, pricing);
    expect(emissions(ledger.book('', total(3, 1000), SERIES, pricing))).toBe(5);
    expect(emissions(ledger.book('', total(3, 2000), SERIES, pricing))).toBe(5);
    expect(emissions(ledger.book('', total(6, 3000), SERIES, pricing))).toBe(6);
  });

  it('a smaller total at a later time is a restart', () => {
    const ledger = openLedger(0);
    ledger.book('', total(5, 2000), SERIES, pricing);
    expect(emissions(ledger.book('', total(3, 3000), SERIES, pricing))).toBe(8);
    expect(emissions(ledger.book('', total(4, 4000), SERIES, pricing))).toBe(9);
  });

  it('a total that falls by a rounding error did not restart', () => {
    const ledger = openLedger(0);
    ledger.book('', total(5, 2000), SERIES, pricing);
    const lower = total(5 * (1 - 1e-15), 3000);
    expect(emissions(ledger.book('', lower, SERIES, pricing))).toBe(5);
    expect(emissions(ledger.book('', total(5, 4000), SERIES, pricing))).toBe(5);
  });

  it('the order of attributes does not matter, their types do', () => {
    const ledger = openLedger(0);
    ledger.book('', total(5, 1000), { a: 1, b: 'x' }, pricing);
    expect(emissions(ledger.book('', total(6, 2000), { b: 'x', a: 1 }, pricing))).toBe(6);
    expect(emissions(ledger.book('', total(2, 3000), { b: 'x', a: '1' }, pricing))).toBe(2);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('%d is refused with a reason', (energy) => {
    const ledger = openLedger(0);
    expect(ledger.book('', total(energy, 1000), SERIES, pricing)).toEqual({
      why: expect.stringContaining(String(energy)),
    });
    expect(emissions(ledger.book('', total(6, 2000), SERIES, pricing))).toBe(6);
  });

  it('energy without a price is held back, over a restart too', () => {
    const ledger = openLedger(0);
    expect(ledger.book('', total(5, 1000), SERIES, undefined)).toBeUndefined();
    expect(ledger.book('', total(7, 2000), SERIES, undefined)).toBeUndefined();
    expect(ledger.book('', total(1, 3000), SERIES, undefined)).toBeUndefined();
    const booked = ledger.book('', total(2, 4000), SERIES, pricing);
    expect(booked).toMatchObject({
      total: { emissions: 9, startMillis: 0, endMillis: 4000 },
      emissionsRate: 9 / 4,
    });
  });

  it('energy without a price is bounded, however often its counter restarts, and none is lost', () => {
    const ledger = openLedger(0);
    for (let restart = 1; restart <= 5000; restart += 1) {
      ledger.book('', total(2, restart * 10), SERIES, undefined);
      ledger.book('', total(1, restart * 10 + 5), SERIES, undefined);
    }
    let priced = 0;
    const timeline = {
      ...pricing.timeline,
      price: (...given: Parameters<typeof pricing.timeline.price>) => {
        priced += 1;
        return pricing.timeline.price(...given);
      },
    };
    const booked = ledger.book('', total(2, 60_000), SERIES, { ...pricing, timeline });
    // 2 kWh, then 1 before and 1 after every restart.
    expect(booked).toMatchObject({
      total: { emissions: 2 + 2 * 5000, startMillis: 0, endMillis: 60_000 },
    });
    expect(priced).toBeLessThanOrEqual(100);
  });

  it('no rate is made from an interval that took no time', () => {
    const ledger = openLedger(1000);
    const first = ledger.book('', total(5, 1000), SERIES, pricing);
    expect(first).toMatchObject({ total: { emissions: 5 } });
    const again = ledger.book('', total(6, 1000), SERIES, pricing);
    expect(again).toMatchObject({ total: { emissions: 6 } });
  });

  it('memory is bounded when sets of attributes never end', () => {
    const ledger = openLedger(0);
    const point = { ...total(1, 1000), cumulative: false };
    for (let id = 0; id < 10_500; id += 1) ledger.book('', point, { id }, pricing);
    expect(emissions(ledger.book('', point, { id: 0 }, pricing))).toBe(1);
    expect(emissions(ledger.book('', point, { id: 10_499 }, pricing))).toBe(2);
  });
});
