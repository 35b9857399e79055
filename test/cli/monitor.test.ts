import { diag } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/program.ts';
import { type FakeIo, fakeIo } from './fake-io.ts';

afterEach(() => diag.disable());

const QUIET = ['monitor', '--save-to-file', 'false', '--measure-power-secs', '0.1'];

async function until(io: FakeIo, text: string): Promise<void> {
  await expect.poll(() => io.err(), { interval: 5, timeout: 10_000 }).toContain(text);
}

it('a second Ctrl-C ends it on the spot', async () => {
  const io = fakeIo();
  const running = main(QUIET, io);
  await until(io, 'until Ctrl-C');
  io.send('SIGINT');
  io.send('SIGINT');
  expect(io.exits).toEqual([130]);
  expect(await running).toBe(0);
});

describe('on a terminal', () => {
  it('a live line moves, and is gone before the summary', async () => {
    const io = fakeIo({ isTerminal: true, columns: 40 });
    expect(await main([...QUIET, '--duration', '0.6'], io)).toBe(0);
    const drawn = io.err().split('\r\u001B[2K').slice(1);
    expect(drawn.length).toBeGreaterThan(2);
    expect(drawn.at(-1)).toBe('');
    for (const line of drawn) expect(line.length).toBeLessThan(40);
    expect(io.out()).toContain('total');
  });

  it('the lines are those of the command; the title shows the state and is given back', async () => {
    const io = fakeIo({ isTerminal: true });
    const command = [process.execPath, '-e', 'setTimeout(() => {}, 500)'];
    expect(await main([...QUIET, '--', ...command], io)).toBe(0);
    const [kept, ...shown] = io.err().split('\u001B]2;');
    expect(kept).toBe('\u001B[22;2t');
    expect(shown.join()).toContain('mWh');
    expect(shown.at(-1)).toMatch(/\[23;2t\n/);
    expect(io.err()).not.toContain('\r');
  });
});

it('nothing is said twice, and nothing beneath the level asked for', async () => {
  const env = { CODECARBON_GPU_IDS: 'secret' };
  const loud = fakeIo({ env });
  await main([...QUIET, '--duration', '0.1'], loud);
  expect(loud.err().match(/CODECARBON_GPU_IDS/g)).toHaveLength(1);
  expect(loud.err()).not.toContain('secret');
  const silent = fakeIo({ env });
  await main([...QUIET, '--duration', '0.1', '--log-level', 'error'], silent);
  expect(silent.err()).not.toContain('CODECARBON_GPU_IDS');
});
