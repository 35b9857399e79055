import type { ProbeFixture } from '../fixture.ts';

const DEVICE = '/sys/class/hwmon/hwmon2';

/** Two EPYC sockets with two cores each by amd_energy, beside a GPU and a disk; 90 W + 30 W. */
export const fixture: ProbeFixture = {
  files: {
    '/sys/class/hwmon/hwmon0/name': 'nvme\n',
    '/sys/class/hwmon/hwmon0/temp1_input': '40000\n',
    '/sys/class/hwmon/hwmon1/name': 'amdgpu\n',
    '/sys/class/hwmon/hwmon1/energy1_input': '123456\n',
    [`${DEVICE}/name`]: 'amd_energy\n',
    [`${DEVICE}/energy1_label`]: 'Ecore000\n',
    [`${DEVICE}/energy1_input`]: '500\n',
    [`${DEVICE}/energy2_label`]: 'Ecore001\n',
    [`${DEVICE}/energy2_input`]: '500\n',
    [`${DEVICE}/energy3_label`]: 'Esocket0\n',
    [`${DEVICE}/energy3_input`]: '1000000\n',
    [`${DEVICE}/energy4_label`]: 'Esocket1\n',
    [`${DEVICE}/energy4_input`]: '2000000\n',
  },
  after: (seconds) => ({
    '/sys/class/hwmon/hwmon1/energy1_input': `${123456 + 300e6 * seconds}\n`,
    [`${DEVICE}/energy1_input`]: `${500 + 20e6 * seconds}\n`,
    [`${DEVICE}/energy2_input`]: `${500 + 20e6 * seconds}\n`,
    [`${DEVICE}/energy3_input`]: `${1e6 + 90e6 * seconds}\n`,
    [`${DEVICE}/energy4_input`]: `${2e6 + 30e6 * seconds}\n`,
  }),
  watts: { cpu: 120 },
  vital: [`${DEVICE}/energy3_input`, `${DEVICE}/energy4_input`],
};
