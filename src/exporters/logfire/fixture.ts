import {
  type FakeLogfire,
  startFakeLogfire,
  WRITE_TOKEN,
} from '../../../test/support/fake-logfire.ts';
import type { ExporterFixture } from '../fixture.ts';
import { LogfireMetricExporter } from './index.ts';

export const fixture: ExporterFixture = {
  open: async () => {
    const fake = await startFakeLogfire();
    const options = { logfireToken: WRITE_TOKEN, logfireBaseUrl: fake.url };
    return {
      exporter: new LogfireMetricExporter(options, { env: {}, directory: '/nowhere' }),
      breakSink: async () => fake.misbehave(/metrics/, { status: 500, body: WRITE_TOKEN }),
      repair: async () => fake.behave(),
      arrived: async () => durations(fake),
      secrets: [WRITE_TOKEN],
      place: `${fake.url}/v1/metrics`,
      close: fake.close,
    };
  },
};

/** Deltas of a run add up; of totals the newest counts. */
function durations({ points }: FakeLogfire): { duration: string }[] {
  const found = points.filter(({ name }) => name === 'codecarbon_duration');
  if (found.length === 0) return [];
  const total = found.reduce(
    (sum, { temporality, value }) => (temporality === 'delta' ? sum + value : value),
    0,
  );
  return [{ duration: String(total) }];
}
