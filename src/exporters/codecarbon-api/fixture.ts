import type { EmissionsRecord } from '../../record/index.ts';
import type { ExporterFixture } from '../fixture.ts';
import { jsonServer } from '../http/fixture.ts';
import { CodeCarbonApiMetricExporter } from './index.ts';
import type { EmissionBody } from './serialize.ts';

export const fixture: ExporterFixture = {
  open: async () => {
    const seconds = new Map<string, number>();
    const server = await jsonServer((body, path) => {
      if (path === '/runs') return { id: `run-${seconds.size}` };
      const { run_id, duration } = body as EmissionBody & { run_id: string };
      seconds.set(run_id, (seconds.get(run_id) ?? 0) + duration);
      return 'id';
    });
    return {
      ...server,
      exporter: new CodeCarbonApiMetricExporter({
        apiEndpoint: server.place,
        apiKey: 'cpt_geheim',
        apiCallInterval: 1,
      }),
      arrived: async () => [...seconds.values()].map(asRecord),
      secrets: ['cpt_geheim'],
    };
  },
};

const asRecord = (duration: number): Partial<Record<keyof EmissionsRecord, string>> => ({
  duration: String(duration),
});
