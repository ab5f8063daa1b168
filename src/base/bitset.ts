/** A fixed-size set of row numbers, one bit each. */

export interface Bitset {
  readonly size: number;
  has(row: number): boolean;
  add(row: number): void;
  remove(row: number): void;
  clear(): void;
  /** Members counted. */
  count(): number;
}

/** Number of ones in 32 bits (Warren, Hacker's Delight, 2nd ed., figure 5-2). */
function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** An empty set that can hold rows 0..size-1; rows outside are never members. */
export function createBitset(size: number): Bitset {
  const words = new Int32Array((size + 31) >>> 5);
  return {
    size,
    has: (row) => row >= 0 && row < size && ((words[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0,
    add: (row) => void (words[row >>> 5] = (words[row >>> 5] ?? 0) | (1 << (row & 31))),
    remove: (row) => void (words[row >>> 5] = (words[row >>> 5] ?? 0) & ~(1 << (row & 31))),
    clear: () => void words.fill(0),
    count: () => words.reduce((sum, word) => sum + ones(word), 0),
  };
}
