import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createTape } from '../../src/measure/tape.ts';
import { seconds } from '../../src/units.ts';
import { type FixtureHost, fixtureHost } from '../support/fixture-host.ts';

const PATH = '/proc/stat';

/** A tape of a machine whose one file is kept open, and what it held at each time that is worked out. */
function recorder(text = 'a') {
  const machine = fixtureHost({ files: { [PATH]: text } });
  const tape = createTape(machine);
  const opened = tape.host.open(PATH, 100);
  if (!opened.ok) throw new Error(opened.errno);
  const played: [at: number, text: string, isNow: boolean][] = [];
  const play = (endsNow: boolean) =>
    tape.replay((at, isNow) => {
      const read = opened.value.read();
      played.push([at, read.ok ? read.value : read.errno, isNow]);
      expect(tape.host.now()).toBe(at);
    }, endsNow);
  return { machine, tape, file: opened.value, played, play };
}

describe('a tape', () => {
  it('gives back what the files held at each sample, whatever they hold now', () => {
    const { machine, tape, played, play } = recorder();
    tape.record();
    machine.clock.advance(1);
    machine.write(PATH, 'bcd');
    tape.record();
    machine.clock.advance(1);
    machine.write(PATH, 'e');
    play(false);
    expect(played).toEqual([
      [1000, 'a', false],
      [1001, 'bcd', false],
    ]);
    expect(tape.isDue).toBe(false);
    expect(tape.host.now()).toBe(1002);
  });

  it('plays each sample once', () => {
    const { tape, played, play } = recorder();
    tape.record();
    play(true);
    play(true);
    expect(played).toHaveLength(1);
  });

  it.each([
    ['fails', (machine: FixtureHost) => machine.fail(PATH, 'EIO'), 'EIO'],
    ['is empty', (machine: FixtureHost) => machine.write(PATH, ''), ''],
    ['is gone', (machine: FixtureHost) => machine.remove(PATH), 'ENODEV'],
  ])(
    'is due when a file %s, and then says of this moment what the machine says',
    (_, spoil, what) => {
      const { machine, tape, played, play } = recorder();
      tape.record();
      spoil(machine);
      tape.record();
      expect(tape.isDue).toBe(true);
      play(true);
      expect(played.map(([, text]) => text)).toEqual(['a', what]);
      expect(tape.isDue).toBe(false);
    },
  );

  it('never gives what a file holds now as what it held before', () => {
    const { machine, tape, played, play } = recorder();
    machine.fail(PATH, 'EIO');
    tape.record();
    machine.clock.advance(1);
    machine.write(PATH, 'b');
    tape.record();
    play(true);
    expect(played.map(([, text]) => text)).toEqual(['EAGAIN', 'b']);
  });

  it('goes on with a file that is opened again while the past is worked out', () => {
    const { machine, tape, file } = recorder();
    for (const text of ['a', 'b', 'c']) {
      machine.write(PATH, text);
      tape.record();
      machine.clock.advance(1);
    }
    machine.write(PATH, 'd');
    const read: unknown[] = [];
    let kept = file;
    tape.replay(() => {
      read.push(kept.read());
      kept.close();
      const again = tape.host.open(PATH, 100);
      if (again.ok) kept = again.value;
    }, false);
    expect(read).toEqual(['a', 'b', 'c'].map((value) => ({ ok: true, value })));
    expect(machine.openFiles()).toEqual([PATH]);
    tape.record();
    tape.replay(() => read.push(kept.read()), false);
    expect(read.at(-1)).toEqual({ ok: true, value: 'd' });
  });

  it('has no past for a file that was not open then', () => {
    const { machine, tape } = recorder();
    machine.write('/proc/other', 'x');
    tape.record();
    tape.record();
    const read: unknown[] = [];
    tape.replay(() => {
      const other = tape.host.open('/proc/other', 100);
      read.push(other.ok && other.value.read());
    }, true);
    expect(read).toEqual([
      { ok: false, errno: 'EAGAIN' },
      { ok: true, value: 'x' },
    ]);
  });

  it('keeps nothing of files that were opened again', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const machine = fixtureHost({ files: { [PATH]: 'a' } });
    const opened: WeakRef<object>[] = [];
    const open: FixtureHost['open'] = (path, limit) => {
      const result = machine.open(path, limit);
      if (result.ok) opened.push(new WeakRef(result.value));
      return result;
    };
    const tape = createTape({ ...machine, open });
    let kept = tape.host.open(PATH, 100);
    for (let round = 0; round < 50; round += 1) {
      tape.record();
      tape.replay(() => {
        if (kept.ok) kept.value.close();
        kept = tape.host.open(PATH, 100);
      }, false);
      await new Promise((resolve) => setImmediate(resolve));
    }
    collectGarbage();
    expect(opened.filter((each) => each.deref() !== undefined).length).toBeLessThan(5);
    expect(kept.ok).toBe(true);
  });

  it('reads a file that rests when its rest is over, and when it is asked for a whole sample', () => {
    const { machine, tape } = recorder();
    const file = tape.host.open(PATH, 100, seconds(5.5));
    const play = (): unknown[] => {
      const texts: unknown[] = [];
      tape.replay(() => {
        const text = file.ok ? file.value.read() : undefined;
        texts.push(text?.ok && text.value);
      }, true);
      return texts;
    };
    const tick = (count: number, record = tape.recordDue): void => {
      for (let sample = 0; sample < count; sample += 1) {
        machine.write(PATH, String(machine.clock.advance(1) - 1000));
        record();
      }
    };
    tick(7);
    tick(1, tape.record);
    tick(1);
    expect(play()).toEqual(['1', '1', '1', '1', '1', '6', '6', '8', '8']);
    tick(2);
    expect(play()).toEqual(['10', '10']);
  });

  it('reads a file that failed at every sample, however long it rests', () => {
    const { machine, tape } = recorder();
    const file = tape.host.open(PATH, 100, seconds(60));
    machine.fail(PATH, 'EIO');
    tape.recordDue();
    machine.write(PATH, 'b');
    tape.recordDue();
    const texts: unknown[] = [];
    tape.replay(() => texts.push(file.ok && file.value.read()), true);
    expect(texts).toEqual([
      { ok: false, errno: 'EAGAIN' },
      { ok: true, value: 'b' },
    ]);
  });

  it('is due when it is full, and loses nothing', () => {
    const { machine, tape, played, play } = recorder();
    const texts: string[] = [];
    while (!tape.isDue) {
      texts.push(`${texts.length}`.padStart(100, '.'));
      machine.write(PATH, texts.at(-1) ?? '');
      tape.record();
      expect(texts.length).toBeLessThan(1000);
    }
    play(true);
    expect(played.map(([, text]) => text)).toEqual(texts);
  });

  it.each([
    [6, 66],
    [50, 8],
  ])('is due before there is much to work out: with %i files after %i samples', (files, most) => {
    const machine = fixtureHost();
    const tape = createTape(machine);
    for (let file = 0; file < files; file += 1) {
      machine.write(`/proc/file-${file}`, '1');
      tape.host.open(`/proc/file-${file}`, 10);
    }
    let samples = 0;
    while (!tape.isDue && samples < 100) {
      tape.record();
      samples += 1;
    }
    expect(samples).toBe(most);
  });

  it('is empty after a fault in what works it out', () => {
    const { tape, played, play } = recorder();
    tape.record();
    expect(() =>
      tape.replay(() => {
        throw new Error('a fault');
      }, true),
    ).toThrow('a fault');
    tape.record();
    play(true);
    expect(played).toHaveLength(1);
  });
});
