import { defineConfig, type UserConfig } from 'tsdown';
import { exporterEntries } from './scripts/entries.ts';

const library = { index: 'src/index.ts', prometheus: 'src/prometheus.ts', ...exporterEntries() };

/**
 * Reading a file costs a millisecond at the start of a program: what the root needs is in two. The second one is what
 * exporters need as well, which can so be had without the root.
 */
const SHARED =
  /[\\/]src[\\/](exporters[\\/](exporter|index|logfire[\\/]destination)|(options|record)[\\/][^.]+|diag|errors|known|once|version)\.ts$/;
const CHUNKS = [
  { name: 'shared', priority: 2, test: SHARED },
  { name: 'core', priority: 1, test: /[\\/]src[\\/]index\.ts$/ },
];

const shared: UserConfig = {
  platform: 'node',
  target: 'node20.6',
  // What is parsed at the start of a program is short. Lines and names stay, for stack traces and whoever reads on.
  minify: {
    mangle: { keepNames: true },
    compress: { keepNames: { function: true, class: true } },
    codegen: { removeWhitespace: false },
  },
  clean: true,
  // A dependency is installed, shared and updated by the user; but this one is a function, and loading it costs 3 ms.
  deps: { onlyBundle: ['fastest-levenshtein'] },
  inputOptions: { resolve: { mainFields: ['module', 'main'] } },
  outputOptions: { comments: { jsdoc: false }, codeSplitting: { groups: CHUNKS } },
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
