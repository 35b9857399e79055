import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { readDashboard, type TimeRange } from './dashboard/grafana.ts';
import { drawDashboard, pageSize } from './dashboard/page.ts';
import { fillDashboard } from './dashboard/run.ts';

const USAGE = `Draws a Grafana dashboard without Grafana: runs its queries and draws its panels.

  npx unrun scripts/render-dashboard.ts <service|fleet> <file.html|file.png>
    --url <Prometheus>     default http://localhost:9090
    --minutes <minutes>    time that is shown, up to now; default 60
    --choose <name=value>  value of a variable, repeatable; several with commas
    --browser <program>    takes the picture; default chromium`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string', default: 'http://localhost:9090' },
    minutes: { type: 'string', default: '60' },
    choose: { type: 'string', multiple: true, default: [] },
    browser: { type: 'string', default: 'chromium' },
  },
});
const [name, file] = positionals;
if (name === undefined || file === undefined) {
  console.error(USAGE);
  process.exit(2);
}
const dashboard = readDashboard(name);
const range = rangeOf(Number(values.minutes));
const filled = await fillDashboard(values.url, dashboard, range, choicesOf(values.choose));
const page = drawDashboard(filled, range);
if (file.endsWith('.png')) takePicture(page, file);
else writeFileSync(file, page);

/** Up to now, with about 300 points a graph, and not finer than the scrapes of docker-compose.yml. */
function rangeOf(minutes: number): TimeRange {
  const to = Date.now() / 1000;
  const scrapeInterval = 5;
  const step = Math.max(scrapeInterval, Math.ceil((minutes * 60) / 300 / 5) * 5);
  return { from: to - minutes * 60, to, step, scrapeInterval };
}

function choicesOf(given: readonly string[]): Readonly<Record<string, string | string[]>> {
  const { list } = dashboard.templating;
  return Object.fromEntries(
    given.map((text) => {
      const [key = '', value = ''] = text.split('=', 2);
      const isMulti = list.find((variable) => variable.name === key)?.multi === true;
      return [key, isMulti ? value.split(',') : value];
    }),
  );
}

function takePicture(html: string, picture: string): void {
  const directory = mkdtempSync(join(tmpdir(), 'dashboard-'));
  const source = join(directory, 'page.html');
  writeFileSync(source, html);
  const { width, height } = pageSize(filled);
  const args = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    `--user-data-dir=${join(directory, 'profile')}`,
    `--window-size=${width},${height}`,
    `--screenshot=${picture}`,
    pathToFileURL(source).href,
  ];
  execFileSync(values.browser, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  rmSync(directory, { recursive: true, force: true });
}
