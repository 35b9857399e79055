import { expect, it } from 'vitest';
import { deliverOnce } from '../../../src/exporters/logger/deliver.ts';
import { recordOf } from '../csv/support.ts';

const record = recordOf({ duration: 1 });

it('gives up on a logger that never answers, and leaves no timer', async () => {
  const deliver = deliverOnce('the logger', () => new Promise(() => {}), 1);
  await expect(deliver(record)).rejects.toThrow(
    'the logger did not take the record: no answer within 0.001 s',
  );
});

it('delivers a record once, and again after a failure', async () => {
  let calls = 0;
  const deliver = deliverOnce('the logger', () => {
    calls += 1;
    if (calls === 1) throw new Error('not yet');
  });
  await expect(deliver(record)).rejects.toThrow('not yet');
  await deliver(record);
  await deliver(record);
  expect(calls).toBe(2);
});
