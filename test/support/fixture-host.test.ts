import { describe, expect, it } from 'vitest';
import { fixtureHost } from './fixture-host.ts';

const opened = (host: ReturnType<typeof fixtureHost>, path: string) => {
  const file = host.open(path, 4096);
  if (!file.ok) throw new Error(file.errno);
  return file.value;
};

describe('the fixture host behaves as Linux does', () => {
  it('follows links, relative and absolute, and lists what is behind them', () => {
    const host = fixtureHost({
      files: {
        '/sys/devices/virtual/powercap/zone/name': 'package-0\n',
        '/sys/class/powercap/zone': { link: '../../devices/virtual/powercap/zone' },
        '/sys/class/powercap/gone': { link: '/sys/devices/none' },
      },
    });
    expect(host.read('/sys/class/powercap/zone/name')).toEqual({ ok: true, value: 'package-0\n' });
    expect(host.list('/sys/class/powercap')).toEqual({ ok: true, value: ['gone', 'zone'] });
    expect(host.list('/sys/class/powercap/zone')).toEqual({ ok: true, value: ['name'] });
    expect(host.inspect('/sys/class/powercap/gone')).toBe('dangling');
    expect(host.inspect('/sys/class/powercap/zone')).toBe('directory');
    expect(host.inspect('/sys/nothing')).toBe('missing');
    expect(host.read('/sys/class/powercap/gone/name')).toEqual({ ok: false, errno: 'ENOENT' });
  });

  it('lets an open file see new text, EIO, and its removal', () => {
    const host = fixtureHost({ files: { '/sys/a': '1' } });
    const file = opened(host, '/sys/a');
    host.write('/sys/a', '22');
    expect(file.read()).toEqual({ ok: true, value: '22' });
    const start = host.open('/sys/a', 1);
    expect(start.ok && start.value.read()).toEqual({ ok: true, value: '2' });
    host.fail('/sys/a', 'EIO');
    expect(file.read()).toEqual({ ok: false, errno: 'EIO' });
    expect(host.open('/sys/a', 4096).ok).toBe(true);
    host.remove('/sys/a');
    host.write('/sys/a', '3');
    expect(file.read()).toEqual({ ok: false, errno: 'ENODEV' });
    expect(host.read('/sys/a')).toEqual({ ok: true, value: '3' });
  });

  it('bars everything below a directory that is denied', () => {
    const host = fixtureHost({ files: { '/sys/d/a': '1' } });
    host.fail('/sys/d', 'EACCES');
    expect(host.list('/sys/d')).toEqual({ ok: false, errno: 'EACCES' });
    expect(host.read('/sys/d/a')).toEqual({ ok: false, errno: 'EACCES' });
    host.put('/sys/d', { directory: true });
    expect(host.read('/sys/d/a')).toEqual({ ok: true, value: '1' });
  });

  it('names the files that are open', () => {
    const host = fixtureHost({ files: { '/sys/a': '1', '/sys/fifo': { special: true } } });
    const file = opened(host, '/sys/a');
    expect(host.openFiles()).toEqual(['/sys/a']);
    const fifo = opened(host, '/sys/fifo');
    expect(fifo.read()).toEqual({ ok: false, errno: 'ESPIPE' });
    fifo.close();
    file.close();
    expect(host.openFiles()).toEqual([]);
    expect(file.read()).toEqual({ ok: false, errno: 'EBADF' });
  });

  it('has a clock that only a test moves', () => {
    const host = fixtureHost({ startAt: 5 });
    expect(host.clock.advance(2)).toBe(7);
    expect(host.now()).toBe(7);
  });
});
