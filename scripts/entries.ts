import { readdirSync } from 'node:fs';

/** One bundle per folder in `src/exporters`: a new exporter gets its subpath export by existing. */
export function exporterEntries(): Record<string, string> {
  const folders = readdirSync('src/exporters', { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  return Object.fromEntries(
    folders.map(({ name }) => [`exporters/${name}`, `src/exporters/${name}/index.ts`]),
  );
}
