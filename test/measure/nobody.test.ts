import { afterEach, beforeEach, expect, it } from 'vitest';
import { CodeCarbonInstrumentation, HOST } from '../../src/instrument/instrumentation.ts';
import { captureDiag } from '../support/diag.ts';
import { fixtureHost } from '../support/fixture-host.ts';

let logged: ReturnType<typeof captureDiag>;
beforeEach(() => {
  logged = captureDiag();
});
afterEach(() => logged.stop());

/** Warnings of a run of some seconds. */
async function warnings(
  files: Record<string, string>,
  options: Record<string, unknown> = {},
): Promise<string[]> {
  const host = fixtureHost({ files, cpuCount: 4 });
  const run = new CodeCarbonInstrumentation({ ...options, [HOST]: host } as never);
  host.clock.advance(30);
  run.disable();
  await Promise.resolve();
  return logged.messages('warn').filter((line) => line.includes('nothing measures'));
}

it('a CPU of which nothing can be read is told once, with the reason of every probe', async () => {
  const told = await warnings({});
  expect(told).toEqual([
    expect.stringMatching(/the CPU, .*\(rapl: .*powercap.*; .*cpu-model: .+\)$/),
  ]);
});

it('nothing is said of what a model or the user tells', async () => {
  expect(await warnings({}, { forceCpuPower: 10, forceRamPower: 1 })).toEqual([]);
});
