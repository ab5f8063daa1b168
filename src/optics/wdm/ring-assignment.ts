/**
 * Which ring locks to which line. Heaters only shift to the red, and a ring meets a line again one free spectral range
 * further, so the shift from a resonance to a line is their distance modulo the free spectral range.
 *
 * The policies follow the order freedom of wavelength arbitration (Choi and Stojanovic, arXiv:2411.14810): fixed
 * order, any cyclic shift of it, any order.
 *
 * Ties are the rule here, not the exception: with as many lines as rings, every assignment's total shift is the same
 * number plus a multiple of the free spectral range. One ring that wraps all the way round costs exactly as much as
 * moving every ring one line further. Among equal totals the assignment whose longest shifts are shorter is the one that
 * real heaters reach, so a small convex term in the cost decides.
 */

import { assignLeastCost } from './hungarian.ts';

export type OrderFreedom = 'fixed' | 'cyclic' | 'any';

/** A ring that locks to no line. */
export const unlocked = -1;

export interface RingBank {
  /** Resonances with the heater off, in the order of the rings on the bus. */
  readonly ringNm: Float64Array;
  /** Lines of the source, in order of wavelength; at least as many as rings, the rest are spare. */
  readonly lineNm: Float64Array;
  readonly fsrNm: number;
}

export interface RingAssignment {
  /** Line row of every ring. */
  readonly lineOfRing: Int32Array;
  /** Red-shift of every ring. */
  readonly shiftNm: Float64Array;
  readonly totalShiftNm: number;
}

/** The least red-shift that brings a resonance onto a line, in [0, FSR). */
export function redShiftNm({ fromNm, toNm, fsrNm }: { readonly fromNm: number; readonly toNm: number; readonly fsrNm: number }): number {
  const rest = (toNm - fromNm) % fsrNm;
  const shift = rest < 0 ? rest + fsrNm : rest;
  // A rest just below zero rounds to a whole range, which is the same lock as none.
  return shift >= fsrNm ? 0 : shift;
}

/** Red-shift of every ring (row) to every line (column). */
export function shiftMatrixNm({ ringNm, lineNm, fsrNm }: RingBank): Float64Array {
  const matrix = new Float64Array(ringNm.length * lineNm.length);
  let at = 0;
  for (const fromNm of ringNm) for (const toNm of lineNm) matrix[at++] = redShiftNm({ fromNm, toNm, fsrNm });
  return matrix;
}

/** Weight of the convex term; small enough never to outweigh a real difference of total shift. */
const evenness = 1e-3;

/** What a shift costs: itself, plus a square that prefers many short shifts to one long one; the squares sum to below `evenness` of a free spectral range. */
export const shiftCostNm = ({ shiftNm, fsrNm, rings }: { readonly shiftNm: number; readonly fsrNm: number; readonly rings: number }): number =>
  shiftNm + (evenness * shiftNm * shiftNm) / (fsrNm * rings);

/** The cyclic order with the least cost, O(rings x lines): ring r takes line (r + shift) mod lines. Ties go to the smaller shift. */
export function assignCyclic(cost: Float64Array, rings: number, lines: number, lineOfRing: Int32Array): number {
  let best = Infinity;
  let bestShift = 0;
  for (let shift = 0; shift < lines; shift++) {
    let total = 0;
    for (let ring = 0; ring < rings; ring++) total += cost[ring * lines + ((ring + shift) % lines)] ?? 0;
    if (total < best) {
      best = total;
      bestShift = shift;
    }
  }
  for (let ring = 0; ring < rings; ring++) lineOfRing[ring] = (ring + bestShift) % lines;
  return best;
}

/** Fills `lineOfRing` by the policy for any cost of ring and line; returns the total cost. */
export function assignByOrder(cost: Float64Array, { rings, lines, order }: { readonly rings: number; readonly lines: number; readonly order: OrderFreedom }, lineOfRing: Int32Array): number {
  if (order === 'cyclic') return assignCyclic(cost, rings, lines, lineOfRing);
  if (order === 'any') return assignLeastCost(cost, rings, lines, lineOfRing);
  let total = 0;
  for (let ring = 0; ring < rings; ring++) {
    lineOfRing[ring] = ring;
    total += cost[ring * lines + ring] ?? 0;
  }
  return total;
}

/** Assigns every ring a line with the least total red-shift that the order allows; throws when there are more rings than lines. */
export function assignRings(bank: RingBank, order: OrderFreedom): RingAssignment {
  const rings = bank.ringNm.length;
  const lines = bank.lineNm.length;
  if (rings > lines) throw new RangeError(`${rings} rings for ${lines} lines`);
  const matrix = shiftMatrixNm(bank);
  const lineOfRing = new Int32Array(rings);
  const cost = matrix.map((shiftNm) => shiftCostNm({ shiftNm, fsrNm: bank.fsrNm, rings }));
  assignByOrder(cost, { rings, lines, order }, lineOfRing);
  const shiftNm = Float64Array.from(lineOfRing, (line, ring) => matrix[ring * lines + line] ?? 0);
  return { lineOfRing, shiftNm, totalShiftNm: shiftNm.reduce((sum, shift) => sum + shift, 0) };
}
