import type { Host } from '../../host.ts';
import type { Problem } from '../probe.ts';
import type { Domain } from './domain.ts';
import { isMasked } from './parse.ts';

/** Readable by root only since Linux 5.10; the rule keeps it readable after a restart. */
const CHMOD =
  'Let every user read the counters: sudo chmod a+r /sys/class/powercap/*/energy_uj, and for good the ' +
  'udev rule SUBSYSTEM=="powercap", ACTION=="add", RUN+="/bin/chmod a+r /sys%p/energy_uj" ' +
  'in /etc/udev/rules.d/99-powercap.rules. In a container: as root besides';

/** Container run-times mask the target; a mount at the same path is masked again, so it goes elsewhere. */
const MOUNT =
  '/sys/class/powercap only links into /sys/devices/virtual/powercap, which is masked here. Mount the ' +
  "host's: docker run -v /sys:/host/sys:ro -e HOST_SYS=/host/sys, or of it at least " +
  '-v /sys/devices/virtual/powercap:/host/sys/devices/virtual/powercap:ro';

/** Whether the counter is there and only the permission is missing. */
export const isDenied = (errno: string): boolean =>
  errno === 'EACCES' || errno === 'EPERM' || errno === 'dangling';

/** What is wrong with a path below `powercap`, and the command or mount that mends it. */
export function explain(path: string, errno: string): Problem {
  if (errno === 'dangling') {
    return { why: `${path} is a link that leads nowhere (ENOENT)`, remedy: MOUNT };
  }
  if (isDenied(errno)) return { why: `${path} cannot be read (${errno})`, remedy: CHMOD };
  if (errno === 'EINVAL') return { why: `${path} holds no count (${errno})` };
  return { why: `${path} cannot be read (${errno})` };
}

/** What is wrong with a domain now; undefined while it can be read. */
export function explainFailing(
  host: Host,
  domain: Domain,
): { readonly errno: string; readonly problem: Problem } | undefined {
  const failing = domain.failing();
  if (!failing) return undefined;
  const zone = failing.path.slice(0, failing.path.lastIndexOf('/'));
  const masked = failing.errno === 'ENOENT' && isMasked(host, zone);
  const [path, errno] = masked ? [zone, 'dangling'] : [failing.path, failing.errno];
  return { errno, problem: explain(path, errno) };
}
