import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExporterFixture } from '../fixture.ts';
import { BoampsMetricExporter } from './index.ts';

const METADATA = {
  boamps: {
    task: {
      taskStage: 'training',
      taskFamily: 'text classification',
      algorithms: [{ algorithmName: 'randomForest' }],
      dataset: [{ dataUsage: 'input', dataType: 'text' }],
    },
  },
};

export const fixture: ExporterFixture = {
  open: async () => {
    const root = await mkdtemp(join(tmpdir(), 'boamps-exporter-'));
    const outputDir = join(root, 'out');
    return {
      exporter: new BoampsMetricExporter({ outputDir, metadata: METADATA, live: true }),
      // A file stands where the directory should be.
      breakSink: async () => {
        await rename(outputDir, `${outputDir}.gone`).catch(() => {});
        await writeFile(outputDir, '');
      },
      repair: async () => {
        await rm(outputDir);
        await rename(`${outputDir}.gone`, outputDir).catch(() => {});
      },
      arrived: () => reportsIn(outputDir),
      secrets: [],
      place: outputDir,
      close: () => rm(root, { recursive: true, force: true }),
    };
  },
};

interface Report {
  readonly header: { readonly reportId: string };
  readonly measures: readonly [
    { readonly measurementDuration?: number; readonly powerConsumption?: number },
  ];
}

async function reportsIn(directory: string): Promise<Record<string, string>[]> {
  const names = await readdir(directory).catch(() => []);
  const texts = names.map((name) => readFile(join(directory, name), 'utf8'));
  const reports = (await Promise.all(texts)).map((text) => JSON.parse(text) as Report);
  return reports.map(({ header, measures: [measure] }) => ({
    run_id: header.reportId,
    duration: String(measure.measurementDuration),
    energy_consumed: String(measure.powerConsumption),
  }));
}
