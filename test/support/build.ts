import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';

const SOURCES = ['src', 'package.json', 'tsdown.config.ts'];
const TSDOWN = 'node_modules/tsdown/dist/run.mjs';

/** Builds `dist` when it is missing or older than the sources. */
export function setup(): void {
  const built = existsSync('dist/index.cjs') ? statSync('dist/index.cjs').mtimeMs : 0;
  if (built > Math.max(...SOURCES.map(newest))) return;
  execFileSync(process.execPath, [TSDOWN], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** When a file, or the newest file in a directory, was last changed. */
function newest(path: string): number {
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  return Math.max(own.mtimeMs, ...readdirSync(path).map((name) => newest(`${path}/${name}`)));
}
