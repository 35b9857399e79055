import { defineConfig } from 'tsdown';
import { exporterEntries } from './scripts/entries.ts';

const shared = { platform: 'node', target: 'node20.6', sourcemap: false, dts: true } as const;

export default defineConfig([
  {
    ...shared,
    entry: { index: 'src/index.ts', prometheus: 'src/prometheus.ts', ...exporterEntries() },
    format: ['esm', 'cjs'],
    clean: true,
  },
  {
    ...shared,
    entry: { 'cli/main': 'src/cli/main.ts' },
    format: ['esm'],
    clean: false,
    dts: false,
  },
]);
