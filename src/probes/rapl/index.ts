import type { Host } from '../../host.ts';
import type { Opened, Probe } from '../probe.ts';
import { closeDomains, cpuDomains, type Domains, isReadable, openDomains } from './domains.ts';
import { arrange } from './layout.ts';
import { findZones, type Zone } from './parse.ts';
import { explain, explainFailing, isDenied } from './remedy.ts';
import { createSensor } from './sensor.ts';

/**
 * Energy counters of Intel and AMD packages and their DRAM, from `class/powercap`
 * (kernel: Documentation/power/powercap; specification, section 4 "RAPL").
 */
export const raplProbe: Probe = {
  id: 'rapl',
  description: 'Intel and AMD energy counters (RAPL) through Linux powercap: CPU packages and DRAM',
  components: ['cpu', 'ram'],
  open: (host, options) => {
    if (host.platform !== 'linux') {
      return { outcome: 'absent', why: `powercap is a part of Linux, not of ${host.platform}` };
    }
    const zones = findZones(host);
    if (!zones.ok) return withoutTree(host.sys('class/powercap'), zones.errno);
    const domains = openDomains(host, arrange(zones.value), options);
    if (cpuDomains(domains).some(isReadable)) {
      return { outcome: 'ok', sensor: createSensor(host, domains) };
    }
    closeDomains(domains);
    return cpuDomains(domains).length === 0
      ? withoutPackages(host.sys('class/powercap'), zones.value)
      : unreadable(host, domains);
  },
};

function withoutTree(path: string, errno: string): Opened {
  if (isDenied(errno)) return { outcome: 'denied', ...explain(path, errno) };
  const isAbsent = errno === 'ENOENT' || errno === 'ENOTDIR';
  return { outcome: isAbsent ? 'absent' : 'failed', why: `${path}: ${errno}` };
}

function withoutPackages(path: string, zones: readonly Zone[]): Opened {
  const names = [...new Set(zones.map(({ id, name }) => name ?? id))];
  const found = names.length === 0 ? 'no power zones' : `no CPU package, only ${names.join(', ')}`;
  return names.includes('psys')
    ? { outcome: 'absent', why: `${path}: ${found}`, remedy: 'Option raplPreferPsys uses psys' }
    : { outcome: 'absent', why: `${path}: ${found}` };
}

/** Nothing of what is there can be read; a zone that has no counter at all is none. */
function unreadable(host: Host, domains: Domains): Opened {
  const failing = cpuDomains(domains).flatMap((domain) => explainFailing(host, domain) ?? []);
  const worst = failing.find(({ errno }) => isDenied(errno)) ?? failing[0];
  if (!worst) return { outcome: 'failed', why: 'no counter could be read' };
  if (isDenied(worst.errno)) return { outcome: 'denied', ...worst.problem };
  return { outcome: worst.errno === 'ENOENT' ? 'absent' : 'failed', ...worst.problem };
}
