/** Shortest routes on tori with any twist, from one table of distances: the graph looks the same from every node. */

import type { TorusTwist } from '../families/family-design.ts';

/** Coordinates are mixed-radix digits of a place, the last dimension fastest. */
export interface Lattice {
  readonly sizes: readonly number[];
  readonly stride: readonly number[];
  readonly count: number;
  /** Step s = 2 * dimension + (0 forward, 1 backward): the place reached from place p is neighbour[p * steps + s]. */
  readonly neighbour: Int32Array;
  readonly steps: number;
}

export function createLattice(sizes: readonly number[], twists: readonly TorusTwist[]): Lattice {
  const stride = sizes.map((_, dimension) => sizes.slice(dimension + 1).reduce((product, size) => product * size, 1));
  const count = sizes.reduce((product, size) => product * size, 1);
  const steps = 2 * sizes.length;
  const neighbour = new Int32Array(count * steps);
  const digits = (place: number): number[] => sizes.map((size, dimension) => Math.floor(place / (stride[dimension] ?? 1)) % size);
  for (let place = 0; place < count; place++) {
    for (let dimension = 0; dimension < sizes.length; dimension++) {
      const at = digits(place);
      const size = sizes[dimension] ?? 1;
      const wraps = (at[dimension] ?? 0) === size - 1;
      at[dimension] = ((at[dimension] ?? 0) + 1) % size;
      const shift = wraps ? twists.find((twist) => twist.dimension === dimension)?.shift : undefined;
      const next = at.reduce((sum, digit, other) => sum + ((digit + (shift?.[other] ?? 0)) % (sizes[other] ?? 1)) * (stride[other] ?? 1), 0);
      neighbour[place * steps + 2 * dimension] = next;
      neighbour[next * steps + 2 * dimension + 1] = place;
    }
  }
  return { sizes, stride, count, neighbour, steps };
}

/** Hops from place 0 to every place, breadth first. */
export function distancesFromZero(lattice: Lattice): Int32Array {
  const distance = new Int32Array(lattice.count).fill(-1);
  const queue = new Int32Array(lattice.count);
  distance[0] = 0;
  let tail = 1;
  for (let head = 0; head < tail; head++) {
    const place = queue[head] ?? 0;
    for (let step = 0; step < lattice.steps; step++) {
      const next = lattice.neighbour[place * lattice.steps + step] ?? 0;
      if (distance[next] !== -1) continue;
      distance[next] = (distance[place] ?? 0) + 1;
      queue[tail++] = next;
    }
  }
  return distance;
}

/**
 * The place that lies from 0 as `to` lies from `from`. Twisted tori are Cayley graphs of a finite Abelian group (a lattice modulo
 * its wraps), so translating the source to 0 keeps every distance. Borrowing across a twisted wrap is undone by its shift,
 * dimension by dimension, in the order in which no later shift disturbs an earlier digit.
 */
export function createOffset(lattice: Lattice, twists: readonly TorusTwist[]): (from: number, to: number) => number {
  const { sizes, stride } = lattice;
  const dimensions = sizes.length;
  // A twisted dimension shifts others, so it is settled before the ones it shifts.
  const order = [...sizes.keys()].sort((a, b) => Number(twists.some((twist) => twist.dimension === b)) - Number(twists.some((twist) => twist.dimension === a)) || a - b);
  const shiftOf = sizes.map((_, dimension) => twists.find((twist) => twist.dimension === dimension)?.shift);
  const digits = new Int32Array(dimensions);
  return (from, to) => {
    for (let dimension = 0; dimension < dimensions; dimension++) {
      const size = sizes[dimension] ?? 1;
      const step = stride[dimension] ?? 1;
      digits[dimension] = (Math.floor(to / step) % size) - (Math.floor(from / step) % size);
    }
    let place = 0;
    for (const dimension of order) {
      const size = sizes[dimension] ?? 1;
      const wraps = Math.floor((digits[dimension] ?? 0) / size);
      digits[dimension] = (digits[dimension] ?? 0) - wraps * size;
      const shift = shiftOf[dimension];
      if (shift !== undefined && wraps !== 0) for (let other = 0; other < dimensions; other++) digits[other] = (digits[other] ?? 0) + wraps * (shift[other] ?? 0);
      place += (digits[dimension] ?? 0) * (stride[dimension] ?? 1);
    }
    return place;
  };
}
