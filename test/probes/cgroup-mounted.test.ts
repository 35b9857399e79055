import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localHost } from '../../src/host.ts';
import { cpuLimit, memoryLimit } from '../../src/probes/cgroup.ts';
import { gibibytes } from '../../src/units.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mounted-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function limits() {
  const host = localHost({ procRoot: join(root, 'proc'), sysRoot: join(root, 'sys') });
  return { cpu: cpuLimit(host, () => 8), memory: memoryLimit(host, () => gibibytes(32)) };
}

const POD = {
  'proc/self/cgroup': '0::/kubepods/agent\n',
  'sys/fs/cgroup/kubepods/agent/memory.max': `${2 ** 27}\n`,
  'sys/fs/cgroup/kubepods/agent/cpu.max': '10000 100000\n',
  'sys/fs/cgroup/kubepods/agent/cpu.stat': 'usage_usec 1\n',
};

describe('an agent that measures its host through mounted trees', () => {
  it('does not take its own limits for the host’s', () => {
    put({ ...POD, 'proc/1/cgroup': '0::/init.scope\n' });
    expect(limits()).toEqual({});
  });

  it('is taken for the container that the trees show, where they show no first process', () => {
    put(POD);
    expect(limits()).toMatchObject({ memory: { limit: 0.125 }, cpu: { cpus: 0.1 } });
  });
});
