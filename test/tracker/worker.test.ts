import { expect, it, vi } from 'vitest';
import { OfflineEmissionsTracker } from '../../src/index.ts';

vi.mock('node:worker_threads', async (original) => ({
  ...(await original<typeof import('node:worker_threads')>()),
  isMainThread: false,
}));

it('a tracker in a worker thread says on stderr that nothing is measured', async () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const tracker = new OfflineEmissionsTracker({ countryIsoCode: 'USA', saveToFile: false });
  tracker.start();
  const record = await tracker.stop();
  const lines = write.mock.calls.map(([text]) => String(text));
  write.mockRestore();
  expect(record.energy_consumed).toBeUndefined();
  expect(lines[0]).toMatch(/: nothing is measured in a worker thread.*\n$/);
});
