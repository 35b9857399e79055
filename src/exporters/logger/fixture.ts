import type { ExporterFixture } from '../fixture.ts';
import { LoggerMetricExporter } from './index.ts';

export const fixture: ExporterFixture = {
  open: async () => {
    const lines: string[] = [];
    let isBroken = false;
    const logger = {
      info: (line: string): void => {
        if (isBroken) throw new Error('EPIPE: broken pipe');
        lines.push(line);
      },
    };
    return {
      exporter: new LoggerMetricExporter({ logger, live: true }),
      breakSink: async () => {
        isBroken = true;
      },
      repair: async () => {
        isBroken = false;
      },
      arrived: async () => newest(lines),
      secrets: [],
      place: 'the logger',
      close: async () => {},
    };
  },
};

/** The last line of each run. */
function newest(lines: readonly string[]): Record<string, string>[] {
  const runs = new Map<string, Record<string, string>>();
  for (const line of lines) {
    const entries = Object.entries(JSON.parse(line) as Record<string, unknown>);
    const fields = Object.fromEntries(entries.map(([key, value]) => [key, String(value ?? '')]));
    runs.set(fields.run_id ?? '', fields);
  }
  return [...runs.values()];
}
