import { type Gibibytes, gibibytes, type Watts, watts } from '../../units.ts';

/** W per DIMM; ARM boards take low-power memory. */
const PER_DIMM = { x86: 5, arm: 1.5 };
/** Two DIMMs at least. */
const LEAST_DIMMS = 2;
/** Further DIMMs share channels and take less each: from DIMM 5, 9 and 17 on. */
const SHARES = [
  { upTo: 4, share: 1 },
  { upTo: 8, share: 0.9 },
  { upTo: 16, share: 0.8 },
  { upTo: Number.POSITIVE_INFINITY, share: 0.7 },
];
const DIMM_SIZES = [128, 64, 32, 16, 8, 4];
const MOST_DIMMS = 32;

/** W per GB of memory where only a part of a machine is counted: Cloud Carbon Footprint's figure. */
const PER_GIBIBYTE = 0.392;

/**
 * Power of a machine's memory from its size, in W (CodeCarbon's model of 2025; specification, section 4).
 * @param size what is plugged in; see `installedSize`
 */
export function dimmPower(size: Gibibytes, arm: boolean): Watts {
  const each = arm ? PER_DIMM.arm : PER_DIMM.x86;
  const count = dimmCount(size);
  let sum = 0;
  let counted = 0;
  for (const { upTo, share } of SHARES) {
    const here = Math.max(0, Math.min(count, upTo) - counted);
    sum += here * each * share;
    counted += here;
  }
  return watts(Math.max(sum, LEAST_DIMMS * each));
}

/** How many DIMMs make up a size in GiB. */
export function dimmCount(size: Gibibytes): number {
  if (size <= 2) return 1;
  if (size <= 16) return 2;
  if (size <= 64) return 4;
  if (size <= 128) return 8;
  const module = DIMM_SIZES.find((each) => each <= size / 8) ?? 4;
  return Math.min(MOST_DIMMS, Math.ceil(size / module));
}

/**
 * Size of the DIMMs from MemTotal, which is smaller by what firmware and kernel keep (1 to 6 %): rounded up to the
 * next eighth of the power of two below, the grid on which real sizes lie (23.5 -> 24, 251.6 -> 256, 376 -> 384).
 * Without it a server of 256 GiB would be taken for 16 small DIMMs instead of 8.
 */
export function installedSize(memTotal: Gibibytes): Gibibytes {
  const step = 2 ** Math.floor(Math.log2(memTotal)) / 8;
  return gibibytes(Math.ceil(memTotal / step) * step);
}

/** Power of a part of a machine's memory, in W: a container's limit, a VM. */
export const memoryPower = (size: Gibibytes): Watts => watts(PER_GIBIBYTE * size);
