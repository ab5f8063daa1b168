/**
 * Seeded dice that fork by name, so a new consumer never shifts another's numbers.
 *
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand "Small Fast Counting" family), 128 bits of state, period at least 2^32;
 * names are folded into the seed with FNV-1a so that forks are independent of the order in which they are made.
 */

export interface Dice {
  /** Uniform in [0, 1) with 53 random bits. */
  uniform(): number;
  /** Uniform integer in [0, bound). */
  below(bound: number): number;
  /** Standard normal deviate (Box and Muller, 1958). */
  normal(): number;
  /** Exponential deviate with mean 1. */
  exponential(): number;
  /** An independent stream that depends only on this stream's origin and the name. */
  fork(name: string): Dice;
  /** Shuffles in place (Fisher and Yates). */
  shuffle(items: Int32Array): void;
}

function foldName(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}

/** Dice from a 32-bit seed. The same seed gives the same numbers on every machine. */
export function createDice(seed: number): Dice {
  let a = seed >>> 0;
  let b = foldName(a, 'b');
  let c = foldName(a, 'c');
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) >>> 0) + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = ((c << 21) | (c >>> 11)) >>> 0;
    c = (c + sum) >>> 0;
    return sum;
  };
  for (let warmUp = 0; warmUp < 15; warmUp++) next();
  const uniform = (): number => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
  const below = (bound: number): number => Math.floor(uniform() * bound);
  return {
    uniform,
    below,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    exponential: () => -Math.log(1 - uniform()),
    fork: (name) => createDice(foldName(seed >>> 0, name)),
    shuffle(items) {
      for (let last = items.length - 1; last > 0; last--) {
        const pick = below(last + 1);
        const kept = items[last] ?? 0;
        items[last] = items[pick] ?? 0;
        items[pick] = kept;
      }
    },
  };
}
