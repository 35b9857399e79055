import type { Host } from '../../host.ts';

/** Drivers that count the energy of CPU sockets, and how they label a socket. */
const SOCKET_LABELS: Readonly<Record<string, RegExp>> = {
  // Kernel: Documentation/hwmon/amd_energy (5.8 to 5.12, and out of tree): Ecore* are inside of Esocket*.
  amd_energy: /^Esocket\d+$/,
};

/** A counter of one CPU socket: `class/hwmon/hwmon3/energy65_input`. */
export interface SocketCounter {
  readonly label: string;
  readonly path: string;
  /** The file that says what is counted. */
  readonly labelPath: string;
}

/**
 * Finds the energy counters of CPU sockets (µJ; kernel: Documentation/hwmon/sysfs-interface) below
 * `class/hwmon`. Those of cores are parts of a socket; those of GPUs, disks and boards are no CPU's.
 */
export function findSockets(host: Host): readonly SocketCounter[] {
  const root = host.sys('class/hwmon');
  const devices = host.list(root);
  if (!devices.ok) return [];
  return devices.value.flatMap((device) => socketsOf(host, `${root}/${device}`));
}

function socketsOf(host: Host, device: string): readonly SocketCounter[] {
  const driver = host.read(`${device}/name`);
  const pattern = driver.ok ? SOCKET_LABELS[driver.value.trim()] : undefined;
  const entries = pattern ? host.list(device) : undefined;
  if (!pattern || !entries?.ok) return [];
  return entries.value.flatMap((entry) => {
    const number = /^energy(\d+)_input$/.exec(entry)?.[1];
    if (number === undefined) return [];
    const labelPath = `${device}/energy${number}_label`;
    const label = host.read(labelPath);
    const text = label.ok ? label.value.trim() : '';
    return pattern.test(text) ? [{ label: text, path: `${device}/${entry}`, labelPath }] : [];
  });
}
