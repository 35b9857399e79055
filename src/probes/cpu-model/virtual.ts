import type { Host } from '../../host.ts';
import type { CpuInfo } from './parse.ts';

/** Whether this is a virtual machine, and whose. */
export interface Virtualisation {
  readonly virtual: boolean;
  readonly amazon: boolean;
}

/** Makers, products and firmware of virtual machines, as DMI states them (systemd's detect-virt knows the same). */
const VIRTUAL =
  /\b(?:amazon ec2|google compute engine|kvm|qemu|bochs|xen|hvm domu|vmware|virtualbox|innotek|parallels|bhyve|openstack|alibaba cloud|tencent cloud|digitalocean|droplet|hetzner vserver|vserver|upcloud|linode|vultr|nutanix|ahv|ovirt|rhev|rhel|firecracker|cloud hypervisor|apple virtualization|virtual machine|standard pc|virtual)\b/i;

const FIELDS = ['sys_vendor', 'product_name', 'board_vendor', 'bios_vendor'];

/**
 * Looks at the CPU's flag `hypervisor` and at DMI (`/sys/class/dmi/id`), which alone tells on ARM.
 * A cloud's bare-metal product (`m7i.metal-24xl`) is a machine, not a VM.
 */
export function virtualisation(host: Host, cpu: CpuInfo): Virtualisation {
  const dmi = FIELDS.map((field) => {
    const text = host.read(host.sys(`class/dmi/id/${field}`));
    return text.ok ? text.value.trim() : '';
  });
  const product = dmi[1] ?? '';
  const metal = /\.metal\b/i.test(product);
  return {
    virtual: !metal && (cpu.hypervisor || dmi.some((value) => VIRTUAL.test(value))),
    amazon: /\bamazon\b/i.test(dmi[0] ?? ''),
  };
}
