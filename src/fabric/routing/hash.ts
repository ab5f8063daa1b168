/** The hash with which equal-cost choices are made: well mixed, and the same on every machine. */

/** Final mixer of MurmurHash3 (Appleby, 2011): every input bit reaches every output bit. Returns an unsigned 32-bit number. */
export function mix32(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A choice among `count` for one flow at one stage; different stages choose independently. */
export const chooseOf = (count: number, flowHash: number, stage: number): number => mix32(flowHash ^ Math.imul(stage + 1, 0x9e3779b1)) % count;
