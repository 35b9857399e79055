import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { part } from './servers.ts';

const RULES = 'collector-config/rules';
const TESTS = 'test/real/rules';

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder).map((name) => join(folder, name));

/** What promtool says; throws when it finds a fault. */
const promtool = (...args: readonly string[]): string =>
  execFileSync(join(part('prometheus'), 'usr/bin/promtool'), args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

describe('the rules for Prometheus', () => {
  it('pass promtool check rules', () => {
    const said = promtool('check', 'rules', '--lint=all', '--lint-fatal', ...filesIn(RULES));
    expect(said).toContain('SUCCESS');
  });

  it('pass their unit tests', () => {
    const files = filesIn(TESTS);
    expect(promtool('test', 'rules', ...files).match(/SUCCESS/g)).toHaveLength(files.length);
  });

  it.each(alerts())('%s is tested for firing and for not firing', (alert) => {
    const tests = filesIn(TESTS).map((file) => readFileSync(file, 'utf8'));
    const expectations = tests.flatMap((text) => [
      ...text.matchAll(
        new RegExp(`alertname: ${alert}\\n.*eval_time: .*\\n *exp_alerts:(.*)`, 'g'),
      ),
    ]);
    const fires = expectations.map(([, inline = '']) => inline.trim() !== '[]');
    expect(new Set(fires)).toEqual(new Set([true, false]));
  });
});

function alerts(): readonly string[] {
  const texts = filesIn(RULES).map((file) => readFileSync(file, 'utf8'));
  return texts.flatMap((text) =>
    [...text.matchAll(/^ *- alert: (\w+)$/gm)].map(([, name = '']) => name),
  );
}
