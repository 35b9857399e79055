import { defineConfig, type UserConfig } from 'tsdown';
import { exporterEntries } from './scripts/entries.ts';

const library = { index: 'src/index.ts', prometheus: 'src/prometheus.ts', ...exporterEntries() };

const shared: UserConfig = {
  platform: 'node',
  target: 'node20.6',
  clean: true,
  // Nothing from node_modules may end up inside: a dependency is installed, shared and updated by the user.
  deps: { onlyBundle: [] },
  outputOptions: {
    // Without a file of its own the helper of rolldown would land in the root, and every subpath would load the root.
    codeSplitting: { groups: [{ name: 'runtime', test: /rolldown[:/]runtime/ }] },
  },
};

export default defineConfig([
  {
    ...shared,
    entry: { ...library, 'cli/main': 'src/cli/main.ts' },
    format: ['esm'],
    dts: { entry: Object.values(library) },
  },
  { ...shared, entry: library, format: ['cjs'], dts: true },
]);
