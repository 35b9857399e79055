import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ALL,
  type Choice,
  type Dashboard,
  queryOf,
  readDashboard,
  substitute,
  type TimeRange,
} from '../../scripts/dashboard/grafana.ts';
import { drawDashboard } from '../../scripts/dashboard/page.ts';
import { type FilledDashboard, fillDashboard } from '../../scripts/dashboard/run.ts';
import { DERIVED_METRICS, LAST_PUSH, METRICS } from '../../src/semconv.ts';
import { type Filled, fillPrometheus } from './runs.ts';
import { query } from './series.ts';
import { until } from './servers.ts';

const FOLDER = 'collector-config/grafana/dashboards';
const NAMES = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));
const SCRAPE_SECONDS = 5;

/** What a person chooses: everything, one host, several hosts. */
const CHOICES: readonly (readonly [string, string, Readonly<Record<string, Choice>>])[] = [
  ['service', 'all hosts', { project_name: 'shop', instance: [ALL] }],
  ['service', 'one host', { project_name: 'shop', instance: ['host-c'] }],
  ['fleet', 'everything', {}],
  [
    'fleet',
    'two projects',
    { project_name: ['shop', 'training'], instance: ['host-b', 'host-c', 'host-d'] },
  ],
];

describe('the dashboards', () => {
  let prometheus: Filled;
  let from: number;
  const filled = new Map<string, FilledDashboard>();

  const range = (to = Date.now() / 1000): TimeRange => ({
    from,
    to,
    step: SCRAPE_SECONDS,
    scrapeInterval: SCRAPE_SECONDS,
  });

  beforeAll(async () => {
    // Before the first sample: what is shown is all that the runs used.
    from = Date.now() / 1000 - 60;
    prometheus = await fillPrometheus();
    await seconds(15);
    await prometheus.fallIll();
    // host-b is modelled 10 s after its last good reading.
    await until('a model instead of the counter', async () => {
      const models = await query(prometheus.url, 'codecarbon_method{method=~".*_model"} == 1');
      return models.some(({ labels }) => labels.instance === 'host-b') ? [] : ['still measured'];
    });
    await seconds(4 * SCRAPE_SECONDS);
    for (const [name, how, choices] of CHOICES) {
      const dashboard = readDashboard(name);
      filled.set(
        `${name} ${how}`,
        await fillDashboard(prometheus.url, dashboard, range(), choices),
      );
    }
  });

  afterAll(async () => {
    await prometheus?.stop();
  });

  it('are tested all', () => {
    expect([...new Set(CHOICES.map(([name]) => name))].sort()).toEqual([...NAMES].sort());
  });

  it.each(CHOICES)('%s, %s: every query of every panel returns data', (name, how) => {
    const { dashboard, panels } = filled.get(`${name} ${how}`) as FilledDashboard;
    const wanted = dashboard.panels.flatMap(({ targets = [] }) => targets);
    const executed = panels.flatMap((panel) => panel.executed);
    expect(executed).toHaveLength(wanted.length);
    expect(executed.length).toBeGreaterThan(20);
    const empty = panels.flatMap(({ panel, executed }) =>
      executed
        .filter(({ answers }) => answers.every(({ points }) => !points.some(isFiniteValue)))
        .map(({ target, query }) => `${panel.title} ${target.refId}: ${query}`),
    );
    expect(empty).toEqual([]);
  });

  it.each(CHOICES)('%s, %s: nothing is left of the variables', (name, how) => {
    const { panels } = filled.get(`${name} ${how}`) as FilledDashboard;
    for (const { query } of panels.flatMap(({ executed }) => executed)) {
      // `$1` is a group of a regular expression.
      expect(query.replaceAll('"$1"', '')).not.toContain('$');
    }
  });

  it.each(CHOICES)('%s, %s: every panel can be drawn', (name, how) => {
    const dashboard = filled.get(`${name} ${how}`) as FilledDashboard;
    const page = drawDashboard(dashboard, range());
    for (const { title, type } of dashboard.dashboard.panels) {
      expect(page, `${type} ${title}`).toContain(title);
    }
    expect(page).not.toMatch(/No data|NaN|undefined/);
  });

  it('show the energy that the counters told, since the start of the runs', async () => {
    await prometheus.finish();
    await seconds(2 * SCRAPE_SECONDS);
    const dashboard = readDashboard('fleet');
    // host-b was modelled for a while, a part of host-c is lost, host-g states its power.
    for (const instance of ['host-a', 'host-d', 'host-f']) {
      const chosen = { instance: [instance] };
      const shown = await fillDashboard(prometheus.url, dashboard, range(), chosen);
      const wattHours = shownValue(shown, 'Energy');
      const used = 1000 * (prometheus.used().get(instance) ?? 0);
      // A run opens its counters a moment after they began to move.
      expect(wattHours / used, instance).toBeGreaterThan(0.8);
      expect(wattHours / used, instance).toBeLessThan(1.02);
      if (instance === 'host-f') continue;
      const [exact] = await query(
        prometheus.url,
        `last_over_time(codecarbon_energy_consumed_total{instance="${instance}"}[10m]) * 1000`,
      );
      expect(wattHours).toBeCloseTo(exact?.value ?? Number.NaN, 9);
    }
  });

  it('join the facts of a run once, also after a restart', async () => {
    const infos = await query(
      prometheus.url,
      'last_over_time(codecarbon_info{instance="host-f"}[10m])',
    );
    expect(infos).toHaveLength(2);
    const { panels } = filled.get('fleet everything') as FilledDashboard;
    const runs = panels.find(({ panel }) => panel.title === 'Hosts and runs')?.executed[0]?.answers;
    expect(runs?.filter(({ metric }) => metric.instance === 'host-f')).toHaveLength(1);
  });

  it('say that sensors are simulated, and how many probes were lost', async () => {
    const { panels } = filled.get('fleet everything') as FilledDashboard;
    const value = (title: string) =>
      panels.find(({ panel }) => panel.title === title)?.executed[0]?.answers[0]?.points[0]?.[1];
    // What is pushed has no resource to say so.
    expect(value('Sensors')).toBe(5);
    expect(value('Probes lost')).toBe(1);
    expect(value('Hosts')).toBe(7);
    expect(value('Unmeasured')).toBeGreaterThan(0);
  });

  it('every rule is evaluated without error, and every recording rule gives data', async () => {
    const rules = await rulesOf(prometheus.url);
    expect(rules.length).toBeGreaterThan(10);
    for (const { name, type, health, lastError, query: expression } of rules) {
      expect(`${name} ${health} ${lastError ?? ''}`).toBe(`${name} ok `);
      const series = await query(prometheus.url, expression);
      if (type === 'recording') expect(series.length, name).toBeGreaterThan(0);
      if (type === 'recording') {
        expect((await query(prometheus.url, name)).length, name).toBeGreaterThan(0);
      }
    }
  });
});

describe.each(NAMES)('the dashboard %s', (name) => {
  const dashboard = readDashboard(name);

  it('takes its data source from the variable, and no plugin', () => {
    for (const panel of dashboard.panels) {
      if (panel.type === 'row' || panel.type === 'text') continue;
      expect(CORE_PANELS).toContain(panel.type);
      for (const { datasource } of [panel, ...(panel.targets ?? [])]) {
        expect(datasource).toEqual({ type: 'prometheus', uid: '$' + '{datasource}' });
      }
    }
    expect(JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8'))).not.toHaveProperty(
      '__inputs',
    );
  });

  it('says of every number what it is, and in which unit', () => {
    for (const { type, title, description, fieldConfig } of dashboard.panels) {
      if (type === 'row') continue;
      expect(description, title).toMatch(/\S.{15,}\.$/s);
      expect(fieldConfig?.defaults.unit, title).toBeTruthy();
    }
  });

  it('asks only for metrics that there are', () => {
    for (const name of metricsIn(dashboard)) expect(KNOWN).toContain(name);
  });

  it('looks at one scope, machine unless another one is chosen', () => {
    const scope = dashboard.templating.list.find(({ name }) => name === 'scope');
    expect(scope).toMatchObject({ multi: false, includeAll: false });
    expect(scope?.current.value).toBe('machine');
    for (const { expr } of dashboard.panels.flatMap(({ targets = [] }) => targets)) {
      const selectors = [...expr.matchAll(/\{([^{}]*project_name=[^{}]*)\}/g)];
      for (const [, selector] of selectors) expect(selector).toContain('scope="$scope"');
    }
  });

  it('has panels that do not lie on each other', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from(
        { length: w * h },
        (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`,
      ),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});

describe('values that are put into a query', () => {
  const variable = (multi: boolean) =>
    ({
      name: 'v',
      label: 'v',
      type: 'query',
      query: '',
      current: {},
      multi,
      allValue: '.*',
    }) as const;

  it.each([
    [false, 'demo (simulated)', 'demo (simulated)'],
    [false, 'le "café"', 'le \\"café\\"'],
    [true, ['demo (simulated)'], 'demo \\\\(simulated\\\\)'],
    [true, ['a.b', 'c'], '(a\\\\.b|c)'],
    [true, [ALL], '.*'],
  ])('are escaped as Grafana does: several %s, %s', (multi, choice, expected) => {
    expect(substitute('x{y="$v"}', [variable(multi)], { v: choice })).toBe(`x{y="${expected}"}`);
  });
});

const CORE_PANELS = ['stat', 'timeseries', 'piechart', 'bargauge', 'table', 'state-timeline'];

const KNOWN = [
  'target_info',
  'ALERTS',
  LAST_PUSH.name,
  ...[...Object.values(METRICS), ...Object.values(DERIVED_METRICS)].map(({ name, kind }) =>
    kind === 'counter' ? `${name}_total` : name,
  ),
];

function metricsIn({ panels, templating }: Dashboard): readonly string[] {
  const texts = [
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...templating.list.map(queryOf),
  ];
  return texts.flatMap((text) =>
    [...text.matchAll(/(\w+)\{|label_values\((\w+),/g)].map(([, one, other]) => one ?? other ?? ''),
  );
}

const isFiniteValue = ([, value]: readonly [number, number]): boolean => Number.isFinite(value);

const seconds = (count: number): Promise<void> => sleep(count * 1000);

function shownValue({ panels }: FilledDashboard, title: string): number {
  const found = panels.find(({ panel }) => panel.title === title);
  return found?.executed[0]?.answers[0]?.points[0]?.[1] ?? Number.NaN;
}

interface Rule {
  readonly name: string;
  readonly type: 'recording' | 'alerting';
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
}

async function rulesOf(url: string): Promise<readonly Rule[]> {
  const answer = await fetch(`${url}/api/v1/rules`);
  const { data } = (await answer.json()) as { data: { groups: { rules: Rule[] }[] } };
  return data.groups.flatMap(({ rules }) => rules);
}
