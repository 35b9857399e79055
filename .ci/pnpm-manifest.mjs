// node pnpm-manifest.mjs <README.md> <package.tgz>: a package.json with the override that the README gives.
import { readFileSync, writeFileSync } from 'node:fs';

const [readme = '', tarball = ''] = process.argv.slice(2);
const blocks = readFileSync(readme, 'utf8').matchAll(/^```json\n([\s\S]*?)^```$/gm);
const override = [...blocks].map(([, text]) => JSON.parse(text)).find((block) => block.pnpm);
if (override === undefined) throw new Error('the README has no override for pnpm');

const dependencies = {
  'opentelemetry-instrumentation-codecarbon': `file:${tarball}`,
  '@opentelemetry/api': '^1.9.0',
  '@opentelemetry/sdk-metrics': '^2.0.0',
};
writeFileSync('package.json', JSON.stringify({ private: true, dependencies, ...override }));
